#include "lis/metric/quantile.h"

#include <math.h>
#include <stdbool.h>

static const double PI = 3.14159265358979323846;

double lis_normal_cdf(double z) {
    return 0.5 * erfc(-z / sqrt(2.0));
}

/* z > 0 with P(Z > z) = q, for q in (0, 0.5]. */
static double normal_tail_quantile(double q) {
    double t = sqrt(-2.0 * log(q));
    double z = t - (2.515517 + t * (0.802853 + t * 0.010328)) /
                       (1.0 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
    /* Halley: the start is right to 4.5e-4 and each step cubes the error. */
    for (int step = 0; step < 2; step++) {
        double density = exp(-0.5 * z * z) / sqrt(2.0 * PI);
        double move = (lis_normal_cdf(-z) - q) / density;
        z += move / (1.0 - 0.5 * z * move);
    }
    return z;
}

double lis_normal_quantile(double p) {
    if (!(p >= 0.0 && p <= 1.0)) return NAN;
    if (p == 0.0) return -INFINITY;
    if (p == 1.0) return INFINITY;
    return p < 0.5 ? -normal_tail_quantile(p) : normal_tail_quantile(1.0 - p);
}

/* ln(Gamma(a + 1/2) / Gamma(a)). The difference of two lgamma loses digits where a is large; there
 * the asymptotic series (DLMF 5.11.13) is exact to the last bit. */
static double log_gamma_half_step(double a) {
    if (a < 30.0) {
        int sign; /* lgamma_r: lgamma writes a global */
        return lgamma_r(a + 0.5, &sign) - lgamma_r(a, &sign);
    }
    double r = 1.0 / (a * a);
    return 0.5 * log(a) -
           (0.125 - r * (1.0 / 192 - r * (1.0 / 640 - r * (17.0 / 14336 - r * 31.0 / 18432)))) / a;
}

static double log_beta_half(double a) {
    return 0.5 * log(PI) - log_gamma_half_step(a);
}

/* The continued fraction of DLMF 8.17.22 by the modified Lentz method, for x < (a+1)/(a+b+2). */
static double beta_fraction(double a, double b, double x) {
    const double tiny = 1e-300;
    double c = 1.0;
    double d = 1.0 - (a + b) * x / (a + 1.0);
    d = 1.0 / (fabs(d) < tiny ? tiny : d);
    double value = d;
    for (int m = 1; m < 100000; m++) {
        double even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        double odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        const double terms[2] = {even, odd};
        double change = 1.0;
        for (int k = 0; k < 2; k++) {
            d = 1.0 + terms[k] * d;
            c = 1.0 + terms[k] / c;
            d = 1.0 / (fabs(d) < tiny ? tiny : d);
            if (fabs(c) < tiny) c = tiny;
            change = c * d;
            value *= change;
        }
        if (fabs(change - 1.0) < 1e-16) break;
    }
    return value;
}

/* Of T with dof degrees of freedom and t > 0: P(T > t), or P(0 < T < t) where `central`; whichever
 * the fraction gives directly, so that neither is a difference of near-equal numbers. */
static double student_mass(double t, double dof, bool *central) {
    double half = 0.5 * dof;
    double x = dof / (dof + t * t); /* P(|T| > t) = I_x(dof/2, 1/2) */
    double y = t * t / (dof + t * t);
    double front = exp(half * -log1p(t * t / dof) + 0.5 * log(y) - log_beta_half(half));
    *central = !(x < (half + 1.0) / (half + 2.5));
    return *central ? front * beta_fraction(0.5, half, y)
                    : 0.5 * front * beta_fraction(half, 0.5, x) / half;
}

/* The z with P(Z > z) close to P(T > t): Wallace 1959; its error falls with the square of dof. For
 * many degrees of freedom, where 1 - x in the fraction above has lost its digits. */
static const double MANY_DOF = 3e5;

static double wallace(double t, double dof) {
    if (isinf(dof)) return t;
    return (8.0 * dof + 1.0) / (8.0 * dof + 3.0) * sqrt(dof * log1p(t * t / dof));
}

/* P(T > t) for t >= 0. */
static double student_tail(double t, double dof) {
    if (t == 0.0) return 0.5;
    if (isinf(t)) return 0.0;
    if (dof > MANY_DOF) return lis_normal_cdf(-wallace(t, dof));
    bool central;
    double mass = student_mass(t, dof, &central);
    return central ? 0.5 - mass : mass;
}

double lis_student_cdf(double t, double dof) {
    if (isnan(t) || !(dof > 0.0)) return NAN;
    return t < 0.0 ? student_tail(-t, dof) : 1.0 - student_tail(t, dof);
}

static double student_log_density(double t, double dof) {
    return -0.5 * (dof + 1.0) * log1p(t * t / dof) - log_beta_half(0.5 * dof) - 0.5 * log(dof);
}

/* t >= 0 with P(T > t) = q, for q in (0, 0.5]: ln tail is steep and smooth where the tail itself
 * flattens, so Newton runs on it, inside a bracket that every step shrinks. */
static double student_tail_quantile(double q, double dof) {
    double low = 0.0, high = 1.0;
    while (student_tail(high, dof) > q && high < 1e300) {
        low = high;
        high *= 2.0;
    }
    double t = 0.5 * (low + high);
    for (int step = 0; step < 200; step++) {
        double tail = student_tail(t, dof);
        if (tail > q)
            low = t;
        else
            high = t;
        double move = log(tail / q) * tail / exp(student_log_density(t, dof));
        double next = t + move;
        if (!(next > low && next < high)) next = 0.5 * (low + high);
        if (fabs(next - t) <= 4e-16 * t) return next;
        t = next;
    }
    return t;
}

double lis_student_quantile(double p, double dof) {
    if (!(p >= 0.0 && p <= 1.0) || !(dof > 0.0)) return NAN;
    if (isinf(dof)) return lis_normal_quantile(p);
    if (p == 0.0) return -INFINITY;
    if (p == 1.0) return INFINITY;
    if (p == 0.5) return 0.0;
    return p < 0.5 ? -student_tail_quantile(p, dof) : student_tail_quantile(1.0 - p, dof);
}
