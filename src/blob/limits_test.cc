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

TEST(BlockLimitsTest, BlocksHaveOneByteToTheMaximum) {
  EXPECT_TRUE(CheckBlock("a", kMaxBlocksPerBlob - 1, kMaxBlockBytes));
  EXPECT_EQ(CheckBlock("a", 0, 0).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(CheckBlock("a", 0, kMaxBlockBytes + 1).error().code, ErrorCode::kTooLarge);
  EXPECT_EQ(CheckBlock("a", kMaxBlocksPerBlob, 1).error().code, ErrorCode::kTooLarge);
  EXPECT_EQ(CheckBlock("../a", 0, 1).error().code, ErrorCode::kInvalidArgument);
}

TEST(BlockLimitsTest, BlobsHaveAnyNumberOfBlocksUpToTheMaximum) {
  EXPECT_TRUE(CheckCommit("a", 0));
  EXPECT_TRUE(CheckCommit("a", kMaxBlocksPerBlob));
  EXPECT_EQ(CheckCommit("a", kMaxBlocksPerBlob + 1).error().code, ErrorCode::kTooLarge);
  EXPECT_EQ(CheckCommit("", 1).error().code, ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace rawhaul
