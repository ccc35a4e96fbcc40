// SPDX-License-Identifier: MIT
#include "claims/formula.h"

#include <fmt/core.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdlib>

namespace kiln::claims {

namespace {

constexpr int kMostDepth = 64;

/// By recursive descent: sum, product, power, and what stands in brackets.
class Parser {
 public:
  Parser(const std::string& text, const Lookup& lookup) : text_(text), lookup_(lookup) {}

  double all() {
    const double value = sum();
    skip_space();
    if (at_ != text_.size()) fail("is not understood");
    return value;
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw FormulaError(fmt::format("formula '{}': '{}' {}", text_, text_.substr(at_), what));
  }
  void skip_space() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
  }
  bool take(char sign) {
    skip_space();
    if (at_ >= text_.size() || text_[at_] != sign) return false;
    ++at_;
    return true;
  }

  double sum() {
    if (++depth_ > kMostDepth) fail("lies too deep");
    double value = product();
    for (;;) {
      if (take('+'))
        value += product();
      else if (take('-'))
        value -= product();
      else
        break;
    }
    --depth_;
    return value;
  }
  double product() {
    double value = power();
    for (;;) {
      if (take('*'))
        value *= power();
      else if (take('/'))
        value /= power();
      else
        return value;
    }
  }
  double power() {
    if (take('-')) {
      if (++depth_ > kMostDepth) fail("lies too deep");
      const double value = -power();
      --depth_;
      return value;
    }
    const double base = operand();
    return take('^') ? std::pow(base, operand()) : base;
  }
  double operand() {
    if (take('(')) {
      const double value = sum();
      if (!take(')')) fail("lacks a ')'");
      return value;
    }
    skip_space();
    if (at_ >= text_.size()) fail("ends too early");
    const auto first = static_cast<unsigned char>(text_[at_]);
    if (std::isdigit(first)) return number();
    if (std::isalpha(first)) return named();
    fail("is not understood");
  }
  double number() {
    char* end = nullptr;
    const double value = std::strtod(text_.c_str() + at_, &end);
    at_ = static_cast<std::size_t>(end - text_.c_str());
    return value;
  }
  double named() {
    const std::size_t begin = at_;
    const auto belongs = [](char c) {
      return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '.';
    };
    while (at_ < text_.size() && belongs(text_[at_])) ++at_;
    const std::string name = text_.substr(begin, at_ - begin);
    if (take('(')) return call(name);
    if (const auto value = lookup_(name)) return *value;
    throw FormulaError(fmt::format("formula '{}': '{}' has no value", text_, name));
  }
  double call(const std::string& name) {
    const double first = sum();
    std::optional<double> second;
    if (take(',')) second = sum();
    if (!take(')')) fail("lacks a ')'");
    if (name == "exp" && !second) return std::exp(first);
    if (name == "sqrt" && !second) return std::sqrt(first);
    if (name == "log" && !second) return std::log(first);
    if (name == "min" && second) return std::min(first, *second);
    if (name == "max" && second) return std::max(first, *second);
    throw FormulaError(fmt::format(
        "formula '{}': '{}' is none of exp, sqrt, log, min, max, or has another number of arguments", text_,
        name));
  }

  const std::string& text_;
  const Lookup& lookup_;
  std::size_t at_ = 0;
  int depth_ = 0;
};

}  // namespace

double evaluate(const std::string& formula, const Lookup& lookup) {
  const double value = Parser(formula, lookup).all();
  if (!std::isfinite(value)) throw FormulaError(fmt::format("formula '{}': gives no finite number", formula));
  return value;
}

std::set<std::string> names_in(const std::string& formula) {
  std::set<std::string> names;
  const Lookup note = [&](const std::string& name) {
    names.insert(name);
    return std::optional<double>(1.5);
  };
  Parser(formula, note).all();
  return names;
}

}  // namespace kiln::claims
