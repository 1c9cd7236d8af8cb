# R's numDeriv: Richardson's extrapolation of differences. The protocol of docs/protocol.md, on the problems below.
suppressPackageStartupMessages({
  library(jsonlite)
  library(numDeriv)
})

number <- function(v) if (is.null(v)) NaN else as.numeric(v)  # reads C99 hexadecimals as well
numbers <- function(values) vapply(values, number, 0)
hex <- function(v) ifelse(is.nan(v), "nan", ifelse(is.infinite(v), ifelse(v > 0, "inf", "-inf"), sprintf("%a", v)))
constant <- function(a) {
  shape <- unlist(a$shape)
  values <- numbers(a$values)
  if (length(shape) == 2) matrix(values, shape[1], shape[2], byrow = TRUE) else values
}

log_sum_exp <- function(b) {  # over the rows of a matrix
  top <- apply(b, 2, max)
  top + log(colSums(exp(sweep(b, 2, top))))
}

problems <- list(
  logistic_map = function(data) function(x) {
    l <- x
    for (i in seq_len(data[[1]] - 1)) l <- 4 * l * (1 - l)
    l
  },
  rosenbrock = function(data) function(x) {
    n <- length(x)
    sum(100 * (x[-1] - x[-n]^2)^2 + (1 - x[-n])^2)
  },
  helmholtz = function(data) function(x) {
    bx <- sum(data[[1]] * x)
    energy <- sum(x * (matrix(data[[2]], length(x)) %*% x))
    sum(x * log(x / (1 - bx))) -
      energy / (sqrt(8) * bx) * log((1 + (1 + sqrt(2)) * bx) / (1 + (1 - sqrt(2)) * bx))
  },
  speelpenning = function(data) function(x) prod(x),
  gmm = function(data) function(p) {
    x <- data[[1]]
    d <- nrow(x)
    n <- ncol(x)
    below <- d * (d - 1) / 2
    k <- length(p) / (1 + 2 * d + below)
    alpha <- p[seq_len(k)]
    mu <- matrix(p[k + seq_len(k * d)], k, d, byrow = TRUE)
    q <- matrix(p[k + k * d + seq_len(k * d)], k, d, byrow = TRUE)
    l <- matrix(p[k + 2 * k * d + seq_len(k * below)], k, below, byrow = TRUE)
    squares <- 0
    b <- matrix(0, k, n)
    for (c in seq_len(k)) {
      t <- diag(exp(q[c, ]), d)
      t[lower.tri(t)] <- l[c, ]
      squares <- squares + sum(t^2)
      b[c, ] <- alpha[c] + sum(q[c, ]) - colSums((t %*% (x - mu[c, ]))^2) / 2
    }
    log_gamma <- d * (d - 1) / 4 * log(pi) + sum(lgamma((d + 2 - seq_len(d)) / 2))
    sum(log_sum_exp(b)) - n * log_sum_exp(matrix(alpha)) - n * d / 2 * log(2 * pi) -
      squares / 2 - k * ((d + 1) * d * log(2) / 2 + log_gamma)
  }
)

f <- NULL
refuse <- function(type, message) stop(structure(class = c(type, "error", "condition"), list(message = message, call = NULL)))

hello <- function(asked) list(
  protocol = 1, name = "numDeriv", version = as.character(packageVersion("numDeriv")), threads = 1,
  flags = R.version.string, operators = list("value_and_gradient"), problems = as.list(names(problems)), programs = FALSE
)
define <- function(asked) {
  f <<- NULL
  if (is.null(asked$problem)) refuse("unsupported", "numDeriv takes problems, no programs")
  if (!identical(asked$operator, "value_and_gradient")) refuse("unsupported", "only value_and_gradient")
  if (!is.list(asked$problem) || !is.character(asked$problem$name)) refuse("bad_request", "a problem has a name")
  if (!is.list(asked$x)) refuse("bad_request", "x is an array")
  make <- problems[[asked$problem$name]]
  if (is.null(make)) refuse("unsupported", paste("the problem", asked$problem$name, "is not written in R here"))
  f <<- make(lapply(asked$problem$data, constant))
  list(prepare_ns = 0)
}
evaluate <- function(asked) {
  if (is.null(f)) refuse("bad_request", "nothing is defined")
  if (!is.list(asked$x) || !is.null(names(asked$x))) refuse("bad_request", "x is a list of numbers")
  x <- numbers(asked$x)
  runs <- if (is.null(asked$runs)) 1 else asked$runs
  before <- Sys.time()
  for (run in seq_len(runs)) {
    value <- f(x)
    gradient <- grad(f, x)
  }
  list(ns = round(as.numeric(difftime(Sys.time(), before, units = "secs")) * 1e9), value = list(hex(value)), derivative = as.list(hex(gradient)))
}
questions <- list(hello = hello, define = define, evaluate = evaluate, bye = function(asked) list())

answered <- function(asked) tryCatch({
  if (!is.list(asked) || is.null(names(asked))) refuse("bad_request", "no JSON object")
  ask <- if (is.character(asked$do)) questions[[asked$do]]
  if (is.null(ask)) refuse("bad_request", "unknown question")
  c(list(ok = TRUE), ask(asked))
}, error = function(e) {
  type <- intersect(class(e), c("unsupported", "bad_request"))
  list(ok = FALSE, error = list(type = if (length(type)) type[1] else "failed", message = conditionMessage(e)))
})

input <- file("stdin", "r")
while (length(line <- readLines(input, 1)) == 1) {
  asked <- tryCatch(fromJSON(line, simplifyVector = FALSE), error = function(e) NULL)
  found <- answered(asked)
  found["id"] <- list(if (is.list(asked)) asked$id)
  cat(toJSON(found, auto_unbox = TRUE, digits = NA, null = "null"), "\n", sep = "")
  flush(stdout())
  if (is.list(asked) && identical(asked$do, "bye")) break
}
