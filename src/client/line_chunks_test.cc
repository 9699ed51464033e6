#include "client/line_chunks.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace rawhaul::client {
namespace {

// Gives `text`, at most `step` bytes at a time.
LineChunks::Reader ReaderOf(std::string text, size_t step) {
  return [text = std::move(text), step, at = size_t{0}](char* to, size_t size) mutable -> Result<size_t> {
    const size_t taken = text.copy(to, std::min(size, step), at);
    at += taken;
    return taken;
  };
}

std::vector<std::string> ChunksOf(const std::string& text, size_t max_bytes, size_t step) {
  LineChunks chunks(ReaderOf(text, step), max_bytes);
  std::vector<std::string> all;
  uint64_t next_line = 1;
  for (;;) {
    const auto chunk = chunks.Next();
    EXPECT_TRUE(chunk) << chunk.error().message;
    if (!chunk || chunk->text.empty()) return all;
    EXPECT_EQ(chunk->first_line, next_line);
    EXPECT_EQ(chunk->last_line(), next_line + chunk->lines - 1);
    next_line += chunk->lines;
    all.push_back(chunk->text);
  }
}

TEST(LineChunksTest, ChunksAreWholeLinesHoweverTheInputComes) {
  for (size_t step = 1; step < 20; ++step) {
    EXPECT_EQ(ChunksOf("one\ntwo\nthree\nfour\n", 9, step),
              (std::vector<std::string>{"one\ntwo\n", "three\n", "four\n"}));
    EXPECT_EQ(ChunksOf("one\n\ntwo", 100, step), (std::vector<std::string>{"one\n\ntwo"}));
    EXPECT_EQ(ChunksOf("", 100, step), std::vector<std::string>());
  }
}

TEST(LineChunksTest, ALineThatFitsExactlyIsTaken) {
  EXPECT_EQ(ChunksOf("123\n456\n", 4, 100), (std::vector<std::string>{"123\n", "456\n"}));
}

TEST(LineChunksTest, ALineThatDoesNotFitIsNamed) {
  LineChunks chunks(ReaderOf("one\ntwo is longer\n", 100), 8);
  ASSERT_TRUE(chunks.Next());
  const auto too_long = chunks.Next();
  ASSERT_FALSE(too_long);
  EXPECT_EQ(too_long.error().code, ErrorCode::kTooLarge);
  EXPECT_EQ(too_long.error().message, "line 2 is longer than 8 B; is this a file of JSON lines?");
}

TEST(LineChunksTest, ACompressedInputIsTold) {
  LineChunks chunks(ReaderOf("\x1f\x8b\x08 and so on", 100), 100);
  const auto refused = chunks.Next();
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("gunzip -c FILE | rawhaul send -"), std::string::npos);
}

TEST(LineChunksTest, AByteOrderMarkIsNotPartOfTheFirstLine) {
  for (const size_t step : {1, 2, 3, 100}) {
    EXPECT_EQ(ChunksOf("\xef\xbb\xbfone\ntwo\n\xef\xbb\xbf", 8, step),
              (std::vector<std::string>{"one\n", "two\n\xef\xbb\xbf"}));
  }
  EXPECT_EQ(ChunksOf("\xef\xbb\xbf", 100, 100), std::vector<std::string>());
}

TEST(LineChunksTest, Utf16IsTold) {
  for (const std::string& text : {std::string("\xff\xfe{\0", 4), std::string("\0{", 2)}) {
    LineChunks chunks(ReaderOf(text, 100), 100);
    const auto refused = chunks.Next();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::kInvalidArgument);
    EXPECT_NE(refused.error().message.find("iconv -f UTF-16 -t UTF-8 FILE | rawhaul send -"),
              std::string::npos);
  }
}

TEST(LineChunksTest, AnErrorOfTheReaderIsGivenOn) {
  LineChunks chunks([](char*, size_t) -> Result<size_t> { return Fail(ErrorCode::kInternal, "no disk"); },
                    100);
  EXPECT_EQ(chunks.Next().error().message, "no disk");
}

}  // namespace
}  // namespace rawhaul::client
