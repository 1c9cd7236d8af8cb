// The problems of diffbench that these tools know, for any type of number T, as their users write them.
#pragma once
#include <cmath>
#include <vector>

#include "protocol.hpp"

namespace diffbench {

const std::vector<std::string> KNOWN = {"logistic_map", "rosenbrock", "helmholtz", "speelpenning", "gmm"};

template <class T> T logistic_map(const Problem &p, const T *x) {
    T l = x[0];
    const long n = long(p.data.at(0).values.at(0));
    for (long i = 1; i < n; ++i) l = 4.0 * l * (1.0 - l);
    return l;
}

template <class T> T rosenbrock(const Problem &p, const T *x) {
    T sum = 0.0;
    for (size_t i = 0; i + 1 < p.x.size(); ++i) {
        T bend = x[i + 1] - x[i] * x[i], slack = 1.0 - x[i];
        sum += 100.0 * bend * bend + slack * slack;
    }
    return sum;
}

template <class T> T helmholtz(const Problem &p, const T *x) {
    using std::log;
    const size_t n = p.x.size();
    const double root8 = std::sqrt(8.0), wide = 1 + std::sqrt(2.0), narrow = 1 - std::sqrt(2.0);
    const double *b = p.data.at(0).values.data(), *a = p.data.at(1).values.data();
    T bx = 0.0, energy = 0.0, ideal = 0.0;
    for (size_t i = 0; i < n; ++i) bx += b[i] * x[i];
    for (size_t i = 0; i < n; ++i) {
        T ax = 0.0;
        for (size_t k = 0; k < n; ++k) ax += a[i * n + k] * x[k];
        energy += x[i] * ax;
        ideal += x[i] * log(x[i] / (1.0 - bx));
    }
    return ideal - energy / (root8 * bx) * log((1.0 + wide * bx) / (1.0 + narrow * bx));
}

template <class T> T speelpenning(const Problem &p, const T *x) {
    T product = x[0];
    for (size_t i = 1; i < p.x.size(); ++i) product = product * x[i];
    return product;
}

// `top` is a constant: it cancels in the derivative
template <class T> T log_sum_exp(const std::vector<T> &b, double (*value)(const T &)) {
    using std::exp;
    using std::log;
    double top = value(b[0]);
    for (const T &v : b) top = std::fmax(top, value(v));
    T sum = 0.0;
    for (const T &v : b) sum += exp(v - top);
    return top + log(sum);
}

template <class T> T gmm(const Problem &p, const T *x, double (*value)(const T &)) {
    using std::exp;
    const long d = p.data.at(0).shape.at(0), n = p.data.at(0).shape.at(1);
    const long below = d * (d - 1) / 2, k = long(p.x.size()) / (1 + 2 * d + below);
    const double *points = p.data[0].values.data();
    const T *alpha = x, *mu = x + k, *q = mu + k * d, *l = q + k * d;
    std::vector<T> triangle(size_t(k * d * d), T(0.0)), offset(static_cast<size_t>(k));
    T squares = 0.0;
    for (long c = 0; c < k; ++c) {
        T *t = &triangle[size_t(c * d * d)];
        long next = 0;
        offset[size_t(c)] = alpha[c];
        for (long j = 0; j < d; ++j) {  // column by column
            t[j * d + j] = exp(q[c * d + j]);
            offset[size_t(c)] += q[c * d + j];
            squares += t[j * d + j] * t[j * d + j];
            for (long i = j + 1; i < d; ++i, ++next) {
                t[i * d + j] = l[c * below + next];
                squares += t[i * d + j] * t[i * d + j];
            }
        }
    }
    T total = 0.0;
    std::vector<T> b(static_cast<size_t>(k)), away(static_cast<size_t>(d));
    for (long s = 0; s < n; ++s) {
        for (long c = 0; c < k; ++c) {
            for (long j = 0; j < d; ++j) away[size_t(j)] = points[j * n + s] - mu[c * d + j];
            T half = 0.0;
            for (long i = 0; i < d; ++i) {
                T y = 0.0;
                for (long j = 0; j <= i; ++j) y += triangle[size_t((c * d + i) * d + j)] * away[size_t(j)];
                half += y * y;
            }
            b[size_t(c)] = offset[size_t(c)] - 0.5 * half;
        }
        total += log_sum_exp(b, value);
    }
    const std::vector<T> mixing(alpha, alpha + k);
    double log_gamma = double(d * (d - 1)) / 4 * std::log(M_PI);
    for (long j = 0; j < d; ++j) log_gamma += std::lgamma(double(d + 1 - j) / 2);
    const double constants = -double(n * d) / 2 * std::log(2 * M_PI)
                             - double(k) * (double((d + 1) * d) * std::log(2.0) / 2 + log_gamma);
    return total - double(n) * log_sum_exp(mixing, value) - 0.5 * squares + constants;
}

template <class T> T called(const Problem &p, const T *x, double (*value)(const T &)) {
    if (p.name == "logistic_map") return logistic_map(p, x);
    if (p.name == "rosenbrock") return rosenbrock(p, x);
    if (p.name == "helmholtz") return helmholtz(p, x);
    if (p.name == "speelpenning") return speelpenning(p, x);
    if (p.name == "gmm") return gmm(p, x, value);
    throw Unsupported("the problem " + p.name + " is not written in C++ here");
}

}  // namespace diffbench
