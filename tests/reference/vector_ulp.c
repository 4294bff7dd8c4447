/*
 * The largest error, in units in the last place, of float64 values against quadruple precision.
 *
 *   vector_ulp FUNCTION < FILE    FILE: pairs (x, computed f(x)), float64, native order
 *
 * prints: largest error, the x where it occurs, the number of values, the number of wrong special values.
 * An ulp is the distance of the float64 around the exact value, 2^-1074 below the normal range. For a sum whose terms
 * cancel (gelu' near its zero) it is that of the larger term.
 *
 * Compile: gcc -O2 -o vector_ulp vector_ulp.c -lquadmath -lm
 */
#include <math.h>
#include <quadmath.h>
#include <stdio.h>
#include <string.h>

typedef __float128 quad;

static const quad ROOT_2 = M_SQRT2q;

static quad logistic_slope(quad z) {
  quad e = expq(-fabsq(z));
  return e / ((1 + e) * (1 + e));
}
static quad density(quad z) { return expq(-z * z / 2) / sqrtq(2 * M_PIq); }
static quad distribution(quad z) { return erfcq(-z / ROOT_2) / 2; }

static quad f_tanh1(quad z) { return 4 * logistic_slope(2 * z); }
static quad f_tanh2(quad z) { return -2 * tanhq(z) * f_tanh1(z); }
static quad f_sigmoid(quad z) { return z < 0 ? expq(z) / (1 + expq(z)) : 1 / (1 + expq(-z)); }
static quad f_sigmoid1(quad z) { return logistic_slope(z); }
static quad f_sigmoid2(quad z) { return -logistic_slope(z) * tanhq(z / 2); }
static quad f_erf1(quad z) { return M_2_SQRTPIq * expq(-z * z); }
static quad f_erf2(quad z) { return -2 * z * f_erf1(z); }
static quad f_sin2(quad z) { return -sinq(z); }
static quad f_softplus(quad z) { return (z > 0 ? z : 0) + log1pq(expq(-fabsq(z))); }
static quad f_gelu(quad z) { return z * distribution(z); }
static quad f_gelu1(quad z) { return distribution(z) + z * density(z); }
static quad f_gelu2(quad z) { return (2 - z * z) * density(z); }
static quad summand_gelu1(quad z) { return fmaxq(distribution(z), -z * density(z)); }

struct entry {
  const char *name;
  quad (*f)(quad);
  quad (*summand)(quad);
};

static const struct entry FUNCTIONS[] = {
    {"exp", expq, NULL},           {"tanh", tanhq, NULL},          {"erf", erfq, NULL},
    {"erfc", erfcq, NULL},         {"sin", sinq, NULL},            {"cos", cosq, NULL},
    {"tanh'", f_tanh1, NULL},      {"tanh''", f_tanh2, NULL},      {"sigmoid", f_sigmoid, NULL},
    {"sigmoid'", f_sigmoid1, NULL}, {"sigmoid''", f_sigmoid2, NULL}, {"erf'", f_erf1, NULL},
    {"erf''", f_erf2, NULL},       {"sin'", cosq, NULL},           {"sin''", f_sin2, NULL},
    {"softplus", f_softplus, NULL}, {"softplus'", f_sigmoid, NULL}, {"softplus''", f_sigmoid1, NULL},
    {"gelu", f_gelu, NULL},        {"gelu'", f_gelu1, summand_gelu1}, {"gelu''", f_gelu2, NULL},
};

static quad ulp(quad exact) {
  int exponent;
  frexpq(exact, &exponent);
  if (exponent < -1021) exponent = -1021;
  return ldexpq(1, exponent - 53);
}

int main(int count, char **arguments) {
  const struct entry *entry = NULL;
  for (size_t i = 0; count == 2 && i < sizeof FUNCTIONS / sizeof *FUNCTIONS; i++)
    if (strcmp(FUNCTIONS[i].name, arguments[1]) == 0) entry = &FUNCTIONS[i];
  if (!entry) {
    fprintf(stderr, "usage: vector_ulp FUNCTION < FILE\n");
    return 2;
  }
  double pair[2], where = 0;
  quad largest = 0;
  long values = 0, wrong = 0;
  while (fread(pair, sizeof pair, 1, stdin) == 1) {
    values++;
    quad exact = entry->f(pair[0]);
    double nearest = (double)exact;
    if (isnan(nearest) || isinf(nearest) || !isfinite(pair[1])) {
      /* The largest finite float64 and infinity are neighbors. */
      int neighbors = isinf(pair[1]) && fabsq(exact) > 0x1.fffffffffffffp1023;
      if (!(isnan(nearest) && isnan(pair[1])) && nearest != pair[1] && !neighbors) wrong++;
      continue;
    }
    quad size = fabsq(exact);
    if (entry->summand && pair[0] > -2 && pair[0] < 0) size = fabsq(entry->summand(pair[0]));
    quad error = fabsq((quad)pair[1] - exact) / ulp(size);
    if (error > largest) {
      largest = error;
      where = pair[0];
    }
  }
  printf("%.3f %a %ld %ld\n", (double)largest, where, values, wrong);
  return 0;
}
