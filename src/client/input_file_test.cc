#include "client/input_file.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <fstream>

#include "base/base_testing.h"

namespace rawhaul::client {
namespace {

class InputFileTest : public ::testing::Test {
 protected:
  static Result<std::string> ReadAll(InputFile& input) {
    std::string all;
    std::array<char, 3> part;
    for (;;) {
      RAWHAUL_ASSIGN(const size_t taken, input.Read(part.data(), part.size(), {}));
      if (taken == 0) return all;
      all.append(part.data(), taken);
    }
  }

  TempDirectory directory_;
};

TEST_F(InputFileTest, AFileIsReadToItsEndAndHasASize) {
  const auto name = directory_.path() / "lines";
  std::ofstream(name) << "one\ntwo\n";
  auto input = InputFile::Open(name);
  ASSERT_TRUE(input) << input.error().message;
  EXPECT_EQ(input->size(), 8);
  EXPECT_EQ(ReadAll(*input), "one\ntwo\n");
}

TEST_F(InputFileTest, WhatCannotBeReadIsNamed) {
  EXPECT_NE(InputFile::Open(directory_.path() / "nothing").error().message.find("nothing: "),
            std::string::npos);
  auto input = InputFile::Open(directory_.path());
  ASSERT_TRUE(input);
  EXPECT_FALSE(input->size());
  EXPECT_NE(ReadAll(*input).error().message.find(directory_.path().string()), std::string::npos);
}

TEST_F(InputFileTest, AStopEndsTheWaitForAPipe) {
  std::array<int, 2> pipe;
  ASSERT_EQ(::pipe(pipe.data()), 0);
  auto input = InputFile::Open("/proc/self/fd/" + std::to_string(pipe[0]));
  ASSERT_TRUE(input) << input.error().message;
  ASSERT_EQ(::write(pipe[1], "x", 1), 1);
  std::array<char, 10> part;
  EXPECT_EQ(input->Read(part.data(), part.size(), {}), 1);
  std::stop_source stop;
  stop.request_stop();
  const auto stopped = input->Read(part.data(), part.size(), stop.get_token());
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, ErrorCode::kCanceled);
  for (const int end : pipe) ::close(end);
}

}  // namespace
}  // namespace rawhaul::client
