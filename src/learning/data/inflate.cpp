// SPDX-License-Identifier: MIT
#include "learning/data/inflate.h"

#include <fmt/core.h>
#include <zlib.h>

#include <algorithm>

#include "learning/data/array.h"

namespace kiln::learning {

namespace {

/// The state of zlib, let go of whatever happens.
class Stream {
 public:
  explicit Stream(Wrapping wrapping) {
    constexpr int kLargestWindow = 15, kGzip = 16;
    const int bits = wrapping == Wrapping::gzip ? kLargestWindow + kGzip : -kLargestWindow;
    if (::inflateInit2(&stream_, bits) != Z_OK)
      throw DataFileError("cannot be unpacked: zlib does not start");
  }
  ~Stream() { ::inflateEnd(&stream_); }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  z_stream* operator->() { return &stream_; }
  z_stream* get() { return &stream_; }

 private:
  z_stream stream_{};
};

}  // namespace

std::string inflate(std::string_view bytes, Wrapping wrapping, std::size_t most) {
  constexpr std::size_t kChunk = 1 << 20;
  Stream stream(wrapping);
  stream->next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream->avail_in = static_cast<uInt>(bytes.size());
  std::string out;
  int state = Z_OK;
  while (state == Z_OK) {
    const std::size_t before = out.size();
    if (before > most) throw DataFileError(fmt::format("unpacks to more than {} bytes", most));
    out.resize(before + kChunk);
    stream->next_out = reinterpret_cast<Bytef*>(out.data() + before);
    stream->avail_out = kChunk;
    state = ::inflate(stream.get(), Z_NO_FLUSH);
    out.resize(before + kChunk - stream->avail_out);
    if (state == Z_OK && stream->avail_in == 0 && stream->avail_out > 0) state = Z_BUF_ERROR;
  }
  if (state != Z_STREAM_END) throw DataFileError("is packed and damaged, or cut off");
  if (out.size() > most) throw DataFileError(fmt::format("unpacks to more than {} bytes", most));
  return out;
}

std::string unpacked(std::string bytes) {
  if (!bytes.starts_with("\x1f\x8b")) return bytes;
  return inflate(bytes, Wrapping::gzip, kMostInflated / 2);
}

}  // namespace kiln::learning
