// The protocol of docs/protocol.md for a tool in C++: one JSON object a line on standard input, one on
// standard output. A tool fills in `Tool` and calls serve(). Needs nlohmann/json (nlohmann-json3-dev).
#pragma once
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

namespace diffbench {

using json = nlohmann::ordered_json;
using Vector = std::vector<double>;

struct Array {  // a constant of a problem, in C order
    std::vector<long> shape;
    Vector values;
};

struct Problem {
    std::string name;
    std::vector<Array> data;
    Vector x;  // the point that it was defined at
};

struct Unsupported : std::runtime_error { using runtime_error::runtime_error; };
struct BadRequest : std::runtime_error { using runtime_error::runtime_error; };

using Evaluate = std::function<double(const double *x, double *gradient)>;

struct Tool {
    std::string name, version, flags;
    std::vector<std::string> problems;
    std::function<Evaluate(std::shared_ptr<const Problem>)> prepare;  // value and gradient
};

// ------------------------------------------------------------------ numbers: to the last digit

inline double number(const json &j) {
    if (j.is_number()) return j.get<double>();
    if (j.is_null()) return std::nan("");
    if (!j.is_string()) throw BadRequest("a number is a JSON number or a C99 string");
    const std::string text = j.get<std::string>();
    char *end = nullptr;
    const double found = std::strtod(text.c_str(), &end);
    if (text.empty() || *end) throw BadRequest("no number: " + text.substr(0, 40));
    return found;
}

inline std::string hex(double v) {
    char text[40];
    std::snprintf(text, sizeof text, "%a", v);
    return text;
}

inline Vector numbers(const json &j) {
    if (!j.is_array()) throw BadRequest("an array of numbers is wanted");
    Vector found;
    for (const auto &v : j) found.push_back(number(v));
    return found;
}

inline json hexes(const Vector &v) {
    json found = json::array();
    for (double each : v) found.push_back(hex(each));
    return found;
}

// ------------------------------------------------------------------ questions

using Clock = std::chrono::steady_clock;

inline long nanoseconds(Clock::time_point start) {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - start).count();
}

struct Session {
    const Tool &tool;
    std::shared_ptr<const Problem> problem;
    Evaluate evaluate;

    json hello() {
        return {{"protocol", 1}, {"name", tool.name}, {"version", tool.version}, {"threads", 1},
                {"flags", tool.flags}, {"operators", {"value_and_gradient"}}, {"problems", tool.problems},
                {"programs", false}};
    }

    json define(const json &asked) {
        evaluate = nullptr;
        if (!asked.contains("problem")) throw Unsupported(tool.name + " takes problems, no programs");
        if (asked.value("operator", "") != "value_and_gradient") throw Unsupported("only value_and_gradient");
        auto made = std::make_shared<Problem>();
        made->name = asked["problem"].at("name").get<std::string>();
        for (const auto &a : asked["problem"].at("data"))
            made->data.push_back({a.at("shape").get<std::vector<long>>(), numbers(a.at("values"))});
        made->x = numbers(asked.at("x").at("values"));
        const auto start = Clock::now();
        evaluate = tool.prepare(made);
        problem = made;
        return {{"prepare_ns", nanoseconds(start)}};
    }

    json answer(const json &asked) {
        if (!evaluate) throw BadRequest("nothing is defined");
        const Vector x = numbers(asked.at("x"));
        if (x.size() != problem->x.size()) throw BadRequest("x has another size than where it was defined");
        const long runs = asked.value("runs", 1L);
        if (runs < 1) throw BadRequest("runs is a count");
        Vector gradient(x.size());
        double value = 0;
        const auto start = Clock::now();
        for (long run = 0; run < runs; ++run) {
            value = evaluate(x.data(), gradient.data());
            asm volatile("" : : "r"(gradient.data()), "g"(&value) : "memory");  // each run is made
        }
        return {{"ns", nanoseconds(start)}, {"value", json::array({hex(value)})}, {"derivative", hexes(gradient)}};
    }
};

inline json failed(const char *type, const std::string &message) {
    return {{"ok", false}, {"error", {{"type", type}, {"message", message}}}};
}

inline json answered(Session &session, const json &asked) {
    try {
        const std::string what = asked.value("do", "");
        json found = what == "hello"      ? session.hello()
                     : what == "define"   ? session.define(asked)
                     : what == "evaluate" ? session.answer(asked)
                     : what == "bye"      ? json::object()
                                          : throw BadRequest("unknown question");
        found["ok"] = true;
        return found;
    } catch (const Unsupported &e) {
        return failed("unsupported", e.what());
    } catch (const BadRequest &e) {
        return failed("bad_request", e.what());
    } catch (const json::exception &e) {
        return failed("bad_request", e.what());
    } catch (const std::exception &e) {
        return failed("failed", e.what());
    }
}

inline int serve(const Tool &tool) {
    Session session{tool, nullptr, nullptr};
    std::string line;
    while (std::getline(std::cin, line)) {
        const json asked = json::parse(line, nullptr, false);
        json found = asked.is_object() ? answered(session, asked) : failed("bad_request", "no JSON object");
        found["id"] = asked.is_object() && asked.contains("id") ? asked["id"] : json(nullptr);
        std::cout << found.dump(-1, ' ', false, json::error_handler_t::replace) << std::endl;
        if (asked.is_object() && asked.contains("do") && asked["do"] == "bye") break;
    }
    return 0;
}

}  // namespace diffbench
