#include "base/byte_buffer.h"

#include <gtest/gtest.h>

#include <string>

namespace rawhaul {
namespace {

TEST(ByteBufferTest, KeepsWhatWasCommittedWhileItGrows) {
  ByteBuffer buffer;
  std::string expected;
  for (int i = 0; i < 1000; ++i) {
    const std::string part(static_cast<size_t>(i % 7), static_cast<char>('a' + i % 26));
    char* const to = buffer.Claim(100);
    buffer.Commit(to + part.copy(to, part.size()));
    expected += part;
  }
  EXPECT_EQ(buffer.view(), expected);
}

TEST(ByteBufferTest, ClaimedBytesThatAreNotCommittedDoNotCount) {
  ByteBuffer buffer("kept");
  buffer.Claim(10)[0] = 'x';
  EXPECT_EQ(buffer.view(), "kept");
}

TEST(ByteBufferTest, AMoveLeavesAnEmptyBufferThatCanBeUsed) {
  ByteBuffer from("text");
  ByteBuffer to = std::move(from);
  EXPECT_EQ(to.view(), "text");
  EXPECT_TRUE(from.empty());
  from.Append("new");
  to = std::move(from);
  EXPECT_EQ(to.view(), "new");
}

TEST(ByteBufferTest, TruncateDropsTheEnd) {
  ByteBuffer buffer("abcdef");
  buffer.Truncate(2);
  buffer.Append("x");
  EXPECT_EQ(buffer.view(), "abx");
}

}  // namespace
}  // namespace rawhaul
