#include "by_hand.h"

#include <math.h>
#include <string.h>

double logistic_map_by_hand(long n, const double *x, double *gradient) {
    double l = x[0], slope = 1;
    for (long i = 1; i < n; ++i) {
        slope *= 4 - 8 * l;
        l = 4 * l * (1 - l);
    }
    gradient[0] = slope;
    return l;
}

double rosenbrock_by_hand(long n, const double *x, double *gradient) {
    double value = 0, carried = 0; /* what the term before leaves for x[i] */
    for (long i = 0; i + 1 < n; ++i) {
        const double bend = x[i + 1] - x[i] * x[i], slack = 1 - x[i];
        value += 100 * bend * bend + slack * slack;
        gradient[i] = carried - 400 * bend * x[i] - 2 * slack;
        carried = 200 * bend;
    }
    gradient[n - 1] = carried;
    return value;
}

double helmholtz_by_hand(long n, const double *b, const double *a, const double *x, double *gradient) {
    const double root8 = sqrt(8), wide = 1 + sqrt(2), narrow = 1 - sqrt(2);
    double bx = 0, energy = 0, ideal = 0, sum = 0;
    for (long i = 0; i < n; ++i) bx += b[i] * x[i];
    for (long i = 0; i < n; ++i) {
        double ax = 0;
        for (long k = 0; k < n; ++k) ax += a[i * n + k] * x[k];
        energy += x[i] * ax;
        gradient[i] = ax;
    }
    const double ratio = log((1 + wide * bx) / (1 + narrow * bx)) / (root8 * bx);
    const double along_b = energy / (bx * (1 + wide * bx) * (1 + narrow * bx)) - energy * ratio / bx;
    for (long i = 0; i < n; ++i) {
        const double part = log(x[i] / (1 - bx));
        ideal += x[i] * part;
        sum += x[i];
        gradient[i] = part + 1 - 2 * ratio * gradient[i];
    }
    for (long i = 0; i < n; ++i) gradient[i] += (sum / (1 - bx) - along_b) * b[i];
    return ideal - energy * ratio;
}

double speelpenning_by_hand(long n, const double *x, double *gradient) {
    double left = 1, right = 1;
    for (long i = 0; i < n; ++i) {
        gradient[i] = left;
        left *= x[i];
    }
    for (long i = n - 1; i >= 0; --i) {
        gradient[i] *= right;
        right *= x[i];
    }
    return left;
}

static double softmax(long k, const double *b, double *share) {
    double top = b[0], sum = 0;
    for (long c = 1; c < k; ++c) top = b[c] > top ? b[c] : top;
    for (long c = 0; c < k; ++c) sum += share[c] = exp(b[c] - top);
    for (long c = 0; c < k; ++c) share[c] /= sum;
    return top + log(sum);
}

double gmm_by_hand(long d, long k, long n, const double *points, const double *x, double *gradient, double *work) {
    const long below = d * (d - 1) / 2;
    const double *alpha = x, *mu = x + k, *q = mu + k * d, *l = q + k * d;
    double *alpha_bar = gradient, *mu_bar = gradient + k, *q_bar = mu_bar + k * d, *l_bar = q_bar + k * d;
    double *triangle = work, *b = work + k * d * d, *share = b + k, *y = share + k;
    double value = 0, squares = 0;
    memset(gradient, 0, sizeof(double) * (size_t)(k * (1 + 2 * d + below)));
    for (long c = 0; c < k; ++c)
        for (long j = 0, next = 0; j < d; ++j) {
            double *t = triangle + c * d * d;
            t[j * d + j] = exp(q[c * d + j]);
            for (long i = j + 1; i < d; ++i) t[i * d + j] = l[c * below + next++];
        }
    for (long s = 0; s < n; ++s) {
        for (long c = 0; c < k; ++c) {
            const double *t = triangle + c * d * d;
            double half = 0, offset = alpha[c];
            for (long i = 0; i < d; ++i) {
                double sum = 0;
                for (long j = 0; j <= i; ++j) sum += t[i * d + j] * (points[j * n + s] - mu[c * d + j]);
                y[c * d + i] = sum;
                half += sum * sum;
                offset += q[c * d + i];
            }
            b[c] = offset - half / 2;
        }
        value += softmax(k, b, share);
        for (long c = 0; c < k; ++c) {
            const double *t = triangle + c * d * d;
            alpha_bar[c] += share[c];
            for (long j = 0, next = 0; j < d; ++j) {
                const double away = points[j * n + s] - mu[c * d + j];
                double pull = 0;
                q_bar[c * d + j] -= share[c] * y[c * d + j] * away * t[j * d + j];
                pull += t[j * d + j] * y[c * d + j];
                for (long i = j + 1; i < d; ++i) {
                    l_bar[c * below + next++] -= share[c] * y[c * d + i] * away;
                    pull += t[i * d + j] * y[c * d + i];
                }
                mu_bar[c * d + j] += share[c] * pull;
            }
        }
    }
    value -= (double)n * softmax(k, alpha, share);
    for (long c = 0; c < k; ++c) {
        const double *t = triangle + c * d * d;
        const double counted = alpha_bar[c];
        alpha_bar[c] -= (double)n * share[c];
        for (long j = 0, next = 0; j < d; ++j) {
            q_bar[c * d + j] += counted - t[j * d + j] * t[j * d + j];
            squares += t[j * d + j] * t[j * d + j];
            for (long i = j + 1; i < d; ++i, ++next) {
                l_bar[c * below + next] -= t[i * d + j];
                squares += t[i * d + j] * t[i * d + j];
            }
        }
    }
    double log_gamma = (double)(d * (d - 1)) / 4 * log(M_PI);
    for (long j = 0; j < d; ++j) log_gamma += lgamma((double)(d + 1 - j) / 2);
    return value - squares / 2 - (double)(n * d) / 2 * log(2 * M_PI)
           - (double)k * ((double)((d + 1) * d) * log(2) / 2 + log_gamma);
}
