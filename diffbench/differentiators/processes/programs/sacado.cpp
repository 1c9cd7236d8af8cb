// Sacado in reverse: expressions are recorded in an arena at each evaluation, and swept backwards.
#include <Sacado.hpp>

#include "problems.hpp"

using namespace diffbench;
using Number = Sacado::Rad::ADvar<double>;

static double value_of(const Number &v) { return v.val(); }

static Evaluate prepare(std::shared_ptr<const Problem> p) {
    called<double>(*p, p->x.data(), [](const double &v) { return v; });  // refuses what is not known
    return [p](const double *at, double *gradient) {
        std::vector<Number> x(at, at + p->x.size());
        Number y = called<Number>(*p, x.data(), value_of);
        const double value = y.val();
        Number::Gradcomp();
        for (size_t i = 0; i < x.size(); ++i) gradient[i] = x[i].adj();
        return value;
    };
}

int main() { return serve({"Sacado", TOOL_VERSION, TOOL_FLAGS, KNOWN, prepare}); }
