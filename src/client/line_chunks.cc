#include "client/line_chunks.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/unicode.h"
#include "client/figures.h"

namespace rawhaul::client {
namespace {

constexpr std::string_view kGzipMagic = "\x1f\x8b";

// With a last line that has no end.
uint64_t CountLines(std::string_view text) {
  const auto ends = static_cast<uint64_t>(std::count(text.begin(), text.end(), '\n'));
  return ends + (!text.empty() && text.back() != '\n' ? 1 : 0);
}

}  // namespace

Status LineChunks::Fill() {
  while (!at_end_ && buffer_.size() < max_bytes_) {
    const size_t had = buffer_.size();
    buffer_.resize(max_bytes_);
    const auto taken = read_(buffer_.data() + had, max_bytes_ - had);
    buffer_.resize(had + taken.value_or(0));
    if (!taken) return Fail(taken.error());
    at_end_ = *taken == 0;
  }
  return {};
}

// REQUIRES that nothing was given out.
Status LineChunks::CheckStart() {
  if (buffer_.starts_with(kGzipMagic)) {
    return Fail(ErrorCode::kInvalidArgument, "the input is gzip; unpack it: gunzip -c FILE | rawhaul send -");
  }
  if (LooksLikeUtf16(buffer_)) {
    return Fail(ErrorCode::kInvalidArgument,
                "the input is UTF-16 or UTF-32; convert it: iconv -f UTF-16 -t UTF-8 FILE | rawhaul send -");
  }
  buffer_.erase(0, buffer_.size() - WithoutByteOrderMark(buffer_).size());
  return {};
}

Result<LineChunk> LineChunks::Next() {
  RAWHAUL_TRY(Fill());
  if (next_line_ == 1) RAWHAUL_TRY(CheckStart());
  const size_t end = at_end_ ? buffer_.size() : buffer_.rfind('\n') + 1;
  if (end == 0 && !at_end_) {
    return Fail(ErrorCode::kTooLarge, fmt::format("line {} is longer than {}; is this a file of JSON lines?",
                                                  next_line_, FormatBytes(max_bytes_)));
  }
  LineChunk chunk{.text = buffer_.substr(0, end), .first_line = next_line_};
  buffer_.erase(0, end);
  chunk.lines = CountLines(chunk.text);
  next_line_ += chunk.lines;
  return chunk;
}

}  // namespace rawhaul::client
