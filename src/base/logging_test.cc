#include "base/logging.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <new>

struct NoMemory {};

template <>
struct fmt::formatter<NoMemory> {
  static constexpr auto parse(format_parse_context& context) { return context.begin(); }
  static format_context::iterator format(const NoMemory&, format_context&) { throw std::bad_alloc(); }
};

namespace rawhaul::log {
namespace {

TEST(Logging, AMessageStaysOneLineOfBoundedLength) {
  EXPECT_EQ(ToOneLine("a \xc3\xa4 b"), "a \xc3\xa4 b");
  EXPECT_EQ(ToOneLine("a\nb\x1b[0m\x7f"), "a\\x0ab\\x1b[0m\\x7f");
  EXPECT_EQ(ToOneLine(std::string(5000, 'x')), std::string(4096, 'x') + "...");
}

TEST(Logging, ALineForWhichThereIsNoMemoryIsLeftOut) { EXPECT_NO_THROW(Error("{}", NoMemory())); }

TEST(Logging, OnePlaceCannotFillTheLog) {
  ::testing::internal::CaptureStderr();
  for (int i = 0; i < 10'000; ++i) Warn("a flood of lines: {}", i);
  const std::string written = ::testing::internal::GetCapturedStderr();
  EXPECT_LE(std::count(written.begin(), written.end(), '\n'), 100);
}

}  // namespace
}  // namespace rawhaul::log
