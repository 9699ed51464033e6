#include "base/files.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "base/base_testing.h"

namespace rawhaul {
namespace {

namespace fs = std::filesystem;

// sha256sum of "abc"
constexpr std::string_view kAbc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

class FilesTest : public testing::Test {
 protected:
  static std::string Read(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  const TempDirectory directory_;
  const fs::path file_ = directory_.path() / "file";
};

TEST_F(FilesTest, ANewFileIsForItsOwnerAloneAndNeverReplacesOne) {
  ASSERT_TRUE(WriteNewFile(file_, "abc"));
  EXPECT_EQ(fs::status(file_).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  const Status again = WriteNewFile(file_, "other");
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().message, "cannot create " + file_.string() + ": File exists");
  EXPECT_EQ(Read(file_), "abc");
}

TEST_F(FilesTest, AScopedDirectoryIsForItsOwnerAloneAndGoesWithAllThatIsInIt) {
  const fs::path path = directory_.path() / "scoped";
  {
    auto made = ScopedDirectory::Make(path);
    ASSERT_TRUE(made);
    EXPECT_EQ(fs::status(path).permissions(), fs::perms::owner_all);
    EXPECT_FALSE(ScopedDirectory::Make(path)) << "it is there already";
    const ScopedDirectory moved = std::move(*made);
    ASSERT_TRUE(WriteNewFile(moved.path() / "file", "abc"));
    made = Fail(ErrorCode::kNotFound, "moved");
    EXPECT_TRUE(fs::exists(path));
  }
  EXPECT_FALSE(fs::exists(path));
}

TEST_F(FilesTest, ADigestIsOfAllBytes) {
  ASSERT_TRUE(WriteNewFile(file_, "abc"));
  const auto digest = DigestFile(file_);
  ASSERT_TRUE(digest);
  EXPECT_EQ(*digest, (FileDigest{3, std::string(kAbc)}));
  EXPECT_FALSE(DigestFile(directory_.path() / "missing"));
}

TEST_F(FilesTest, ACopyIsWholeAndToldWithItsDigest) {
  const std::string large = std::string(3'000'000, 'x') + "end";
  ASSERT_TRUE(WriteNewFile(file_, large));
  const fs::path copy = directory_.path() / "copy";
  const auto digest = CopyToNewFile(file_, copy);
  ASSERT_TRUE(digest);
  EXPECT_EQ(*digest, *DigestFile(file_));
  EXPECT_EQ(Read(copy), large);
  EXPECT_FALSE(CopyToNewFile(file_, copy)) << "never over another one";
}

TEST_F(FilesTest, WhatCannotBeSyncedIsAnError) {
  EXPECT_TRUE(SyncDirectory(directory_.path()));
  EXPECT_FALSE(SyncDirectory(directory_.path() / "missing"));
}

}  // namespace
}  // namespace rawhaul
