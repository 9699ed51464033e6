#include "blob/limits.h"

#include <gtest/gtest.h>

#include <string>

#include "blob/container.h"

namespace rawhaul {
namespace {

TEST(BlobNameTest, NamesOfFilesAreGood) {
  for (const char* name :
       {"a", "Event_2026-01-01_2026-01-02_7.json.gz", "a/b c/événement.json", ".hidden", "..."}) {
    EXPECT_TRUE(CheckBlobName(name)) << name;
  }
  EXPECT_TRUE(CheckBlobName(std::string(1024, 'x')));
}

TEST(BlobNameTest, NamesThatLeadElsewhereOrAreNoTextAreRefused) {
  for (const char* name :
       {"", "/a", "a/", "a//b", ".", "..", "../a", "a/../b", "a/..", "./a", "a\nb", "\x7f", "\xff"}) {
    ASSERT_FALSE(CheckBlobName(name)) << name;
    EXPECT_EQ(CheckBlobName(name).error().code, ErrorCode::kInvalidArgument);
  }
  EXPECT_FALSE(CheckBlobName(std::string_view("a\0b", 3)));
  EXPECT_FALSE(CheckBlobName(std::string(1025, 'x')));
}

constexpr ContainerLimits kLimits{.max_blocks = 10, .max_block_bytes = 1000};

TEST(BlockLimitsTest, BlocksHaveOneByteToTheMaximum) {
  EXPECT_TRUE(CheckBlock("a", 9, 1000, kLimits));
  EXPECT_EQ(CheckBlock("a", 0, 0, kLimits).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(CheckBlock("a", 0, 1001, kLimits).error().code, ErrorCode::kTooLarge);
  EXPECT_EQ(CheckBlock("a", 10, 1, kLimits).error().code, ErrorCode::kTooLarge);
  EXPECT_EQ(CheckBlock("../a", 0, 1, kLimits).error().code, ErrorCode::kInvalidArgument);
}

TEST(BlockLimitsTest, BlobsHaveAnyNumberOfBlocksUpToTheMaximum) {
  const std::vector<BlockReceipt> blocks(11);
  EXPECT_TRUE(CheckCommit({.blob = "a", .blocks = {}}, kLimits));
  EXPECT_TRUE(CheckCommit({.blob = "a", .blocks = std::span(blocks).first(10)}, kLimits));
  EXPECT_EQ(CheckCommit({.blob = "a", .blocks = blocks}, kLimits).error().code, ErrorCode::kTooLarge);
  EXPECT_EQ(CheckCommit({.blob = "", .blocks = {}}, kLimits).error().code, ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace rawhaul
