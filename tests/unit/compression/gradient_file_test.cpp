// SPDX-License-Identifier: MIT
// Gradients measured elsewhere are read exactly; what is no gradient is refused by name.
#include "compression/gradient_file.h"

#include <bit>
#include <cmath>
#include <limits>
#include <random>
#include <string>

#include "compression/half.h"
#include "support/catch.h"

using namespace kiln;
using kiln::testing::contains;

namespace {

constexpr int kCount = 2000;
const float kNan = std::numeric_limits<float>::quiet_NaN();

std::vector<float> gradients() {
  std::mt19937 random(1);
  std::normal_distribution<float> normal(0, 1e-3F);
  std::vector<float> values(kCount);
  for (float& value : values) value = normal(random);
  return values;
}

template <class T>
std::string raw(const std::vector<T>& values) {
  return std::string(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
}

std::string swapped(std::string bytes, std::size_t unit) {
  for (std::size_t at = 0; at < bytes.size(); at += unit)
    std::reverse(bytes.begin() + static_cast<std::ptrdiff_t>(at),
                 bytes.begin() + static_cast<std::ptrdiff_t>(at + unit));
  return bytes;
}

std::string npy(const std::string& dictionary, const std::string& data, char version = 1) {
  const std::string text = dictionary + "\n";
  std::string bytes = std::string("\x93NUMPY") + version + '\0';
  for (int i = 0; i < (version == 1 ? 2 : 4); ++i) bytes += static_cast<char>(text.size() >> 8 * i & 0xff);
  return bytes + text + data;
}

std::string header(const std::string& type, const std::string& shape, const std::string& fortran = "False") {
  return "{'descr': '" + type + "', 'fortran_order': " + fortran + ", 'shape': " + shape + ", }";
}

std::vector<float> read(const std::string& bytes) {
  return compression::parse_gradients(bytes, kCount).values;
}

std::string refusal(const std::string& bytes) {
  try {
    compression::parse_gradients(bytes, kCount);
  } catch (const compression::GradientFileError& error) {
    return error.what();
  }
  return "accepted";
}

}  // namespace

TEST_CASE("raw values and .npy arrays of every format, type and shape give the same gradients") {
  const std::vector<float> values = gradients();
  CHECK(read(raw(values)) == values);
  for (const char version : {char{1}, char{2}, char{3}})
    CHECK(read(npy(header("<f4", "(2000,)"), raw(values), version)) == values);
  CHECK(read(npy(header("<f4", "(20, 10L, 10)"), raw(values))) == values);
  CHECK(read(npy("{\"shape\":(2000,),\"fortran_order\":False,\"descr\":\"<f4\"}", raw(values))) == values);
  CHECK(read(npy(header("<f8", "(2000,)"), raw(std::vector<double>(values.begin(), values.end())))) ==
        values);

  std::vector<std::uint16_t> halves, brains;
  std::vector<float> as_halves, as_brains;
  for (const float value : values) {
    halves.push_back(compression::to_half(value));
    as_halves.push_back(compression::from_half(halves.back()));
    brains.push_back(static_cast<std::uint16_t>(std::bit_cast<std::uint32_t>(value) >> 16));
    as_brains.push_back(compression::from_bfloat16(brains.back()));
  }
  CHECK(read(npy(header("<f2", "(2000,)"), raw(halves))) == as_halves);
  CHECK(read(npy(header("bfloat16", "(2000,)"), raw(brains))) == as_brains);
}

TEST_CASE("an array in the order of Fortran is put in the order of C") {
  const std::vector<float> values = gradients();  // 40 x 50
  std::vector<float> columns;
  for (int column = 0; column < 50; ++column)
    for (int row = 0; row < 40; ++row) columns.push_back(values[static_cast<std::size_t>(50 * row + column)]);
  CHECK(read(npy(header("<f4", "(40, 50)", "True"), raw(columns))) == values);
  CHECK(read(npy(header("<f4", "(2000,)", "True"), raw(values))) == values);
}

TEST_CASE("the number of values must be exactly that of the trained layers") {
  std::vector<float> values = gradients();
  values.push_back(1e-3F);
  CHECK_THAT(refusal(raw(values)),
             contains("holds 2001 values, the trained layers have 2000; remove the surplus"));
  CHECK_THAT(refusal(npy(header("<f4", "(2001,)"), raw(values))), contains("holds 2001 values"));
  values.resize(1999);
  CHECK_THAT(refusal(raw(values)), contains("values are missing"));
  CHECK_THAT(refusal(raw(values) + "\x01\x02"), contains("no multiple of the 4"));
  CHECK_THAT(refusal(""), contains("is empty"));
  std::string ones;
  for (int axis = 0; axis < 64; ++axis) ones += "1,";
  CHECK_THAT(refusal(npy(header("<f4", "(" + ones + "2000)"), raw(gradients()))),
             contains("more than 64 axes"));
  CHECK_THAT(refusal(npy(header("<f4", "(2000,)"), raw(values))), contains("it is cut off"));
  CHECK_THAT(refusal(npy(header("<f4", "(2000,)"), raw(gradients()) + "more")),
             contains("remove the surplus"));
}

TEST_CASE("types that are no gradients are refused by name") {
  const std::string data = raw(gradients());
  const std::pair<const char*, const char*> types[] = {
      {">f4", "big-endian"},    {"<i4", "whole numbers"},   {"|u1", "whole numbers"},
      {"|b1", "true or false"}, {"<c8", "complex numbers"}, {"|O", "Python objects"},
      {"<U1", "text"},          {"<V2", "bfloat16 arrays"}, {"", "no type"},
      {"<f16", "no type"}};
  for (const auto& [type, name] : types)
    CHECK_THAT(refusal(npy(header(type, "(2000,)"), data)), contains(name));
  CHECK_THAT(refusal(npy("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2000,)}", data)),
             contains("structured"));
  CHECK_THAT(refusal(std::string(8000, '7')), contains("is text"));
  std::string text;
  while (text.size() < 8000) text += "0.00125\n";
  CHECK_THAT(refusal(text), contains("is text"));
  CHECK_THAT(refusal(std::string("PK\x03\x04", 4) + data), contains("zip archive"));
}

TEST_CASE("values that no gradient has are refused") {
  const std::vector<float> values = gradients();
  CHECK_THAT(refusal(swapped(raw(values), 4)), contains("big-endian"));
  std::vector<std::int32_t> numbers(kCount);
  for (int i = 0; i < kCount; ++i) numbers[static_cast<std::size_t>(i)] = i % 100;
  CHECK_THAT(refusal(raw(numbers)), contains("no gradient has"));
  CHECK_THAT(refusal(raw(std::vector<float>(kCount, 0.0F))), contains("zeros only"));
  CHECK_THAT(refusal(raw(std::vector<float>(kCount, kNan))), contains("NaN or infinite"));
}

TEST_CASE("a stray NaN is taken as zero and counted, more are refused") {
  std::vector<float> values = gradients();
  values[3] = kNan;
  values[700] = std::numeric_limits<float>::infinity();
  const compression::GradientFile file = compression::parse_gradients(raw(values), kCount);
  CHECK(file.not_finite == 2);
  CHECK(file.values[3] == 0.0F);
  CHECK(file.values[700] == 0.0F);
  CHECK(file.values[4] == values[4]);
  values[5] = kNan;  // 3 of 2000 are more than one in a thousand
  CHECK_THAT(refusal(raw(values)),
             contains("holds 3 values of 2000 that are NaN or infinite; allowed: 0.1 %"));
}

TEST_CASE("damaged .npy headers are refused") {
  const std::string data = raw(gradients());
  for (const char* dictionary :
       {"", "{", "{'descr': '<f4'}", "{'descr': '<f4', 'fortran_order': Maybe, 'shape': (2000,)}",
        "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (2000,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (-2000,)}", "{'descr': '<f4, 'shape': (2000,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2000,)} more"})
    CHECK_THAT(refusal(npy(dictionary, data)), contains("malformed .npy header"));
  CHECK_THAT(refusal("\x93NUMPY"), contains("cut off in its .npy header"));
  CHECK_THAT(refusal(npy(header("<f4", "(2000,)"), "", 1).substr(0, 30)), contains("cut off"));
  CHECK_THAT(refusal(npy(header("<f4", "(2000,)"), data, 9)), contains("format 9"));
  CHECK_THAT(refusal(npy(header("<f4", "(9999999999, 9999999999)"), data)), contains("2^40"));
  CHECK_THAT(refusal(npy(header("<f4", "(0, 2000)"), data)), contains("holds 0 values"));
}
