// Gradients that were written by hand in C: what an expert gets without a tool.
#include "by_hand.h"

#include "problems.hpp"

using namespace diffbench;

static Evaluate prepare(std::shared_ptr<const Problem> p) {
    const long n = long(p->x.size());
    if (p->name == "logistic_map") {
        const long steps = long(p->data.at(0).values.at(0));
        return [steps](const double *x, double *g) { return logistic_map_by_hand(steps, x, g); };
    }
    if (p->name == "rosenbrock") return [n](const double *x, double *g) { return rosenbrock_by_hand(n, x, g); };
    if (p->name == "speelpenning") return [n](const double *x, double *g) { return speelpenning_by_hand(n, x, g); };
    if (p->name == "helmholtz")
        return [p, n](const double *x, double *g) {
            return helmholtz_by_hand(n, p->data[0].values.data(), p->data[1].values.data(), x, g);
        };
    if (p->name == "gmm") {
        const long d = p->data.at(0).shape.at(0), samples = p->data[0].shape.at(1);
        const long k = n / (1 + 2 * d + d * (d - 1) / 2);
        auto work = std::make_shared<Vector>(size_t(k * d * d + 2 * k + d * k));
        return [p, d, k, samples, work](const double *x, double *g) {
            return gmm_by_hand(d, k, samples, p->data[0].values.data(), x, g, work->data());
        };
    }
    throw Unsupported("the gradient of " + p->name + " is not written in C here");
}

int main() { return serve({"C by hand", TOOL_VERSION, TOOL_FLAGS, KNOWN, prepare}); }
