// ADOL-C: the tape is recorded once, and swept at each point. It holds for the branches that were taken.
#include <adolc/adolc.h>

#include "problems.hpp"

using namespace diffbench;

static double value_of(const adouble &v) { return v.value(); }

static Evaluate prepare(std::shared_ptr<const Problem> p) {
    const int n = int(p->x.size());
    {
        std::vector<adouble> x(p->x.size());
        double y;
        trace_on(1);
        for (int i = 0; i < n; ++i) x[size_t(i)] <<= p->x[size_t(i)];
        adouble result = called<adouble>(*p, x.data(), value_of);
        result >>= y;
        trace_off();
    }
    return [n](const double *x, double *gradient) {
        double y, one = 1.0;
        zos_forward(1, 1, n, 1, x, &y);
        fos_reverse(1, 1, n, &one, gradient);
        return y;
    };
}

int main() { return serve({"ADOL-C", TOOL_VERSION, TOOL_FLAGS, KNOWN, prepare}); }
