#include "blob/directory/directory_container.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <set>

#include "base/base_testing.h"

namespace rawhaul::directory {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class DirectoryContainerTest : public ::testing::Test {
 protected:
  // Everything below the root, hidden or not.
  std::set<std::string> Entries() const {
    std::set<std::string> entries;
    for (const auto& entry : fs::recursive_directory_iterator(root_)) {
      entries.insert(fs::relative(entry.path(), root_).string());
    }
    return entries;
  }

  const TempDirectory directory_;
  const fs::path root_ = directory_.path();
};

TEST_F(DirectoryContainerTest, TheDirectoryIsMadeWhenMissing) {
  const auto container = MakeContainer(root_ / "a/b");
  ASSERT_TRUE(container->CheckWritable({}));
  EXPECT_THAT(Entries(), ElementsAre("a", "a/b"));
}

TEST_F(DirectoryContainerTest, NothingButTheBlobIsLeft) {
  const auto container = MakeContainer(root_);
  ASSERT_TRUE(container->CheckWritable({}));
  ASSERT_TRUE(container->StageBlock("sub/x.json", 0, "1", {}));
  ASSERT_TRUE(container->StageBlock("sub/x.json", 1, "2", {}));
  ASSERT_TRUE(container->Commit("sub/x.json", 1, {}, {}));
  EXPECT_THAT(Entries(), ElementsAre("sub", "sub/x.json"));
}

TEST_F(DirectoryContainerTest, ASlashAtTheEndOfTheDirectoryMeansNothing) {
  const auto container = MakeContainer(root_ / "a" / "");
  ASSERT_TRUE(container->StageBlock("sub/x", 0, "1", {}));
  ASSERT_TRUE(container->Commit("sub/x", 1, {}, {}));
  EXPECT_THAT(Entries(), ElementsAre("a", "a/sub", "a/sub/x"));
}

TEST_F(DirectoryContainerTest, BlocksWaitInAHiddenDirectoryBesideTheirBlob) {
  const auto container = MakeContainer(root_);
  ASSERT_TRUE(container->StageBlock("x.json", 7, "1", {}));
  EXPECT_THAT(Entries(), ElementsAre(".x.json.parts", ".x.json.parts/00007"));
}

TEST_F(DirectoryContainerTest, StagedBlocksOutliveTheContainer) {
  ASSERT_TRUE(MakeContainer(root_)->StageBlock("x", 0, "1", {}));
  EXPECT_TRUE(MakeContainer(root_)->Commit("x", 1, {}, {}));
  EXPECT_EQ(fs::file_size(root_ / "x"), 1u);
}

TEST_F(DirectoryContainerTest, ACommitThatWasCutOffIsEndedByTheNext) {
  for (const char* left : {"", "00000"}) {
    ASSERT_TRUE(MakeContainer(root_)->StageBlock("x", 0, "1", {}));
    ASSERT_TRUE(MakeContainer(root_)->Commit("x", 1, {}, {}));
    fs::create_directories(root_ / ".x.spent" / left);  // the removal of what was committed got that far
    ASSERT_TRUE(MakeContainer(root_)->Commit("x", 1, {}, {}));
    EXPECT_THAT(Entries(), ElementsAre("x"));
  }
}

TEST_F(DirectoryContainerTest, WhatIsDiscardedGoesAndNothingElse) {
  const auto container = MakeContainer(root_);
  ASSERT_TRUE(container->Discard("nothing is there yet"));
  for (const char* blob : {"task_7.json", "task_7_00001.json.gz", "task_71.json", "task_7.csv"}) {
    ASSERT_TRUE(container->StageBlock(blob, 0, "1", {}));
  }
  ASSERT_TRUE(container->Commit("task_7.csv", 1, {}, {}));
  std::ofstream(root_ / ".task_7.json") << "of somebody else";
  ASSERT_TRUE(container->Discard("task_7"));
  EXPECT_THAT(Entries(),
              ElementsAre(".task_7.json", ".task_71.json.parts", ".task_71.json.parts/00000", "task_7.csv"));
  EXPECT_EQ(container->Commit("task_7.json", 1, {}, {}).error().reason, kInvalidBlockList);
}

TEST_F(DirectoryContainerTest, WhatIsNoDirectoryIsNotFound) {
  std::ofstream(root_ / "file") << "in the way";
  const auto container = MakeContainer(root_ / "file");
  EXPECT_EQ(container->CheckWritable({}).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(container->StageBlock("x", 0, "1", {}).error().code, ErrorCode::kNotFound);
}

TEST_F(DirectoryContainerTest, ADirectoryIsNotReplacedByABlob) {
  fs::create_directories(root_ / "x/y");
  const auto container = MakeContainer(root_);
  ASSERT_TRUE(container->StageBlock("x", 0, "1", {}));
  EXPECT_EQ(container->Commit("x", 1, {}, {}).error().code, ErrorCode::kInvalidArgument);
  EXPECT_TRUE(fs::is_directory(root_ / "x/y"));
}

TEST_F(DirectoryContainerTest, ANameTheDiskCannotHoldIsRefused) {
  const auto container = MakeContainer(root_);
  EXPECT_EQ(container->StageBlock(std::string(300, 'x'), 0, "1", {}).error().code,
            ErrorCode::kInvalidArgument);
  EXPECT_THAT(Entries(), IsEmpty());
}

TEST(DirectoryContainerFailureTest, AFullDiskIsExhausted) {
  // A block that goes to /dev/full is a block on a full disk.
  const TempDirectory root;
  const fs::path parts = root.path() / ".x.parts";
  fs::create_directories(parts);
  fs::create_symlink("/dev/full", parts / "new.0");
  const Status status = MakeContainer(root.path())->StageBlock("x", 0, "1", {});
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kResourceExhausted);
  EXPECT_EQ(status.error().reason, "DiskFull");
}

}  // namespace
}  // namespace rawhaul::directory
