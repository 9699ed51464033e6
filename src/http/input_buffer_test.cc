#include "http/input_buffer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace rawhaul::http {
namespace {

// What a sender with much to say puts in: all the room that there is.
size_t FillRoom(InputBuffer& buffer, char with) {
  const std::span<char> room = buffer.Room();
  std::fill(room.begin(), room.end(), with);
  buffer.Add(room.size());
  return room.size();
}

TEST(InputBufferTest, KeepsWhatWasNotConsumedInOrder) {
  InputBuffer buffer(1 << 15);
  std::string expected;
  for (char c = 'a'; c <= 'z'; ++c) {
    const std::span<char> room = buffer.Room();
    const size_t size = std::min<size_t>(room.size(), 1000);
    std::fill_n(room.begin(), size, c);
    buffer.Add(size);
    expected += std::string(size, c);
    buffer.Consume(size / 2);
    expected.erase(0, size / 2);
    ASSERT_EQ(buffer.bytes(), expected);
  }
}

TEST(InputBufferTest, GrowsOnlyWhenItIsFilledAndNeverBeyondItsLimit) {
  InputBuffer buffer(10000);
  EXPECT_EQ(buffer.Room().size(), 4096u);
  buffer.Add(1);
  buffer.Consume(1);
  EXPECT_EQ(buffer.Room().size(), 4096u);
  EXPECT_EQ(FillRoom(buffer, 'x'), 4096u);
  EXPECT_EQ(FillRoom(buffer, 'y'), 4096u);
  EXPECT_EQ(FillRoom(buffer, 'z'), 10000u - 8192u);
  EXPECT_TRUE(buffer.full());
  EXPECT_EQ(buffer.bytes().size(), 10000u);
  buffer.Consume(9000);
  EXPECT_EQ(FillRoom(buffer, 'a'), 9000u);
}

TEST(InputBufferTest, ReleasedItStartsSmallAgain) {
  InputBuffer buffer(1 << 15);
  FillRoom(buffer, 'x');
  FillRoom(buffer, 'x');
  buffer.Consume(8192);
  EXPECT_TRUE(buffer.empty());
  buffer.Release();
  EXPECT_EQ(buffer.bytes(), "");
  EXPECT_EQ(buffer.Room().size(), 4096u);
}

}  // namespace
}  // namespace rawhaul::http
