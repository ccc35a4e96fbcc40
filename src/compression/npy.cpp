// SPDX-License-Identifier: MIT
#include "compression/npy.h"

#include <fmt/core.h>

#include <charconv>
#include <set>

#include "compression/gradient_file.h"

namespace kiln::compression {

namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr std::size_t kMostAxes = 64;  // as NumPy 2
constexpr std::int64_t kMostElements = std::int64_t{1} << 40;

/// Reads {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }.
class HeaderParser {
 public:
  explicit HeaderParser(std::string_view text) : left_(text) {}

  NpyHeader parse() {
    NpyHeader header;
    expect('{');
    while (!take('}')) {
      const std::string key = quoted();
      expect(':');
      read_value(key, header);
      if (!seen_.insert(key).second) fail();
      if (take(',')) continue;
      expect('}');
      break;
    }
    skip_blanks();
    if (!left_.empty() || seen_.size() != 3) fail();
    return header;
  }

 private:
  [[noreturn]] static void fail() {
    throw GradientFileError("has a malformed .npy header; save the array again with numpy.save");
  }

  void read_value(const std::string& key, NpyHeader& header) {
    if (key == "descr") {
      if (peek() == '[')
        throw GradientFileError("holds records of several fields (a structured dtype); save one float array");
      header.type = quoted();
    } else if (key == "fortran_order") {
      header.fortran_order = take_word("True");
      if (!header.fortran_order && !take_word("False")) fail();
    } else if (key == "shape") {
      header.shape = extents();
    } else {
      fail();
    }
  }

  std::vector<std::int64_t> extents() {
    std::vector<std::int64_t> shape;
    expect('(');
    while (!take(')')) {
      std::int64_t extent = 0;
      skip_blanks();
      const auto [end, error] = std::from_chars(left_.data(), left_.data() + left_.size(), extent);
      if (error != std::errc() || extent < 0) fail();
      left_.remove_prefix(static_cast<std::size_t>(end - left_.data()));
      take_word("L");  // Python 2 wrote long integers so
      shape.push_back(extent);
      if (shape.size() > kMostAxes)
        throw GradientFileError(
            fmt::format("has a .npy header with more than {} axes; is it damaged?", kMostAxes));
      if (take(',')) continue;
      expect(')');
      break;
    }
    return shape;
  }

  std::string quoted() {
    const char quote = peek();
    if (quote != '\'' && quote != '"') fail();
    const std::size_t end = left_.find(quote, 1);
    if (end == std::string_view::npos) fail();
    std::string text(left_.substr(1, end - 1));
    left_.remove_prefix(end + 1);
    return text;
  }

  void skip_blanks() { left_.remove_prefix(std::min(left_.find_first_not_of(" \t\n"), left_.size())); }
  char peek() {
    skip_blanks();
    return left_.empty() ? '\0' : left_.front();
  }
  bool take(char c) {
    if (peek() != c) return false;
    left_.remove_prefix(1);
    return true;
  }
  bool take_word(std::string_view word) {
    skip_blanks();
    if (!left_.starts_with(word)) return false;
    left_.remove_prefix(word.size());
    return true;
  }
  void expect(char c) {
    if (!take(c)) fail();
  }

  std::string_view left_;
  std::set<std::string> seen_;
};

std::size_t little_endian(std::string_view bytes) {
  std::size_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

}  // namespace

bool is_npy(std::string_view bytes) {
  return bytes.starts_with(kMagic);
}

std::int64_t NpyHeader::elements() const {
  std::int64_t product = 1;
  for (const std::int64_t extent : shape) {
    if (extent > 0 && product > kMostElements / extent)
      throw GradientFileError("has a .npy header with a shape of 2^40 values or more; is it damaged?");
    product *= extent;
  }
  return product;
}

NpyHeader read_npy_header(std::string_view bytes) {
  const std::size_t version_at = kMagic.size(), length_at = version_at + 2;
  if (bytes.size() < length_at + 4) throw GradientFileError("is cut off in its .npy header");
  const int version = bytes[version_at];
  if (version < 1 || version > 3)
    throw GradientFileError(fmt::format("has .npy format {}; formats 1 to 3 are read", version));
  const std::size_t length_bytes = version == 1 ? 2 : 4;
  const std::size_t text_at = length_at + length_bytes;
  const std::size_t length = little_endian(bytes.substr(length_at, length_bytes));
  if (length > bytes.size() - text_at) throw GradientFileError("is cut off in its .npy header");
  NpyHeader header = HeaderParser(bytes.substr(text_at, length)).parse();
  header.size = text_at + length;
  return header;
}

std::vector<float> from_fortran_order(const std::vector<float>& stored,
                                      const std::vector<std::int64_t>& shape) {
  std::vector<float> ordered(stored.size());
  std::vector<std::int64_t> index(shape.size(), 0);
  std::int64_t at = 0;  // of `index` among the stored values
  for (float& value : ordered) {
    value = stored[static_cast<std::size_t>(at)];
    for (std::size_t axis = shape.size(); axis-- > 0;) {
      std::int64_t step = 1;
      for (std::size_t earlier = 0; earlier < axis; ++earlier) step *= shape[earlier];
      at += step;
      if (++index[axis] < shape[axis]) break;
      at -= step * shape[axis];
      index[axis] = 0;
    }
  }
  return ordered;
}

}  // namespace kiln::compression
