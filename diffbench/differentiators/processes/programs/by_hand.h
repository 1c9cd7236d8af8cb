/* Values and gradients as somebody writes them by hand in C. Each fills `gradient` and returns f(x). */
#ifdef __cplusplus
extern "C" {
#endif
double logistic_map_by_hand(long n, const double *x, double *gradient);
double rosenbrock_by_hand(long n, const double *x, double *gradient);
double helmholtz_by_hand(long n, const double *b, const double *a, const double *x, double *gradient);
double speelpenning_by_hand(long n, const double *x, double *gradient);
/* work: k*d*d + 2*k + d*k doubles */
double gmm_by_hand(long d, long k, long n, const double *points, const double *x, double *gradient, double *work);
#ifdef __cplusplus
}
#endif
