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

  static std::unique_ptr<Container> Open(const fs::path& root) { return MakeContainer(root, "owner"); }
  static Status Commit(Container& container, std::string_view blob, const std::vector<BlockReceipt>& blocks,
                       bool may_be_done = false) {
    return container.Commit({.blob = blob, .blocks = blocks, .may_be_done = may_be_done}, {});
  }

  const TempDirectory directory_;
  const fs::path root_ = directory_.path();
};

TEST_F(DirectoryContainerTest, TheDirectoryIsMadeWhenMissing) {
  const auto container = Open(root_ / "a/b");
  ASSERT_TRUE(container->CheckWritable({}));
  EXPECT_THAT(Entries(), ElementsAre("a", "a/b"));
}

TEST_F(DirectoryContainerTest, NothingButTheBlobIsLeft) {
  const auto container = Open(root_);
  ASSERT_TRUE(container->CheckWritable({}));
  const auto first = container->StageBlock("sub/x.json", 0, "1", {});
  ASSERT_TRUE(container->StageBlock("sub/x.json", 1, "2", {}));
  ASSERT_TRUE(Commit(*container, "sub/x.json", {*first}));
  EXPECT_THAT(Entries(), ElementsAre("sub", "sub/x.json"));
}

TEST_F(DirectoryContainerTest, ASlashAtTheEndOfTheDirectoryMeansNothing) {
  const auto container = Open(root_ / "a" / "");
  const auto block = container->StageBlock("sub/x", 0, "1", {});
  ASSERT_TRUE(Commit(*container, "sub/x", {*block}));
  EXPECT_THAT(Entries(), ElementsAre("a", "a/sub", "a/sub/x"));
}

TEST_F(DirectoryContainerTest, BlocksWaitInAHiddenDirectoryBesideTheirBlob) {
  const auto block = Open(root_)->StageBlock("x.json", 7, "1", {});
  EXPECT_THAT(Entries(), ElementsAre(".x.json.parts-owner", ".x.json.parts-owner/" + block->id));
}

// What a loss of power leaves of a file that was not synced.
TEST_F(DirectoryContainerTest, ABlockThatIsNotAsItWasStagedIsNotCommitted) {
  const auto container = Open(root_);
  for (const std::string damaged : {"", "12", "1234", "12x"}) {
    const auto block = container->StageBlock("x", 0, "123", {});
    std::ofstream(root_ / ".x.parts-owner" / block->id, std::ios::trunc) << damaged;
    EXPECT_EQ(Commit(*container, "x", {*block}).error().reason, kInvalidBlockList) << damaged;
    EXPECT_FALSE(fs::exists(root_ / "x"));
  }
}

TEST_F(DirectoryContainerTest, ACommitThatWasCutOffIsEndedByTheNext) {
  const auto block = Open(root_)->StageBlock("x", 0, "1", {});
  ASSERT_TRUE(Commit(*Open(root_), "x", {*block}));
  // The removal of what was committed got that far.
  fs::create_directories(root_ / ".x.parts-owner");
  fs::create_hard_link(root_ / "x", root_ / ".x.parts-owner" / "whole");
  ASSERT_TRUE(Commit(*Open(root_), "x", {*block}));
  EXPECT_THAT(Entries(), ElementsAre("x"));
}

// Its reader moved the blob within the file system before the commit that was cut off is repeated: the two
// names lead to one file.
TEST_F(DirectoryContainerTest, AFileThatItsReaderTookAwayIsNotWrittenTo) {
  const auto container = Open(root_);
  const auto block = container->StageBlock("x", 0, "1", {});
  std::ofstream(root_ / "taken") << "whole";
  fs::create_hard_link(root_ / "taken", root_ / ".x.parts-owner" / "whole");
  ASSERT_TRUE(Commit(*container, "x", {*block}));
  EXPECT_EQ(fs::file_size(root_ / "taken"), 5u);
  EXPECT_EQ(fs::file_size(root_ / "x"), 1u);
}

TEST_F(DirectoryContainerTest, ABlobOfTheSameBytesIsAsGoodAsItsOwn) {
  const auto container = Open(root_);
  std::ofstream(root_ / "x") << "12";
  const auto first = container->StageBlock("x", 0, "1", {});
  const auto second = container->StageBlock("x", 1, "2", {});
  EXPECT_TRUE(Commit(*container, "x", {*first, *second}));
  std::ofstream(root_ / "y") << "123";
  const auto other = container->StageBlock("y", 0, "12", {});
  EXPECT_EQ(Commit(*container, "y", {*other}, true).error().reason, kBlobAlreadyExists);
  EXPECT_EQ(fs::file_size(root_ / "y"), 3u);
}

TEST_F(DirectoryContainerTest, WhatIsDiscardedGoesAndNothingElse) {
  const auto container = Open(root_);
  const auto other = directory::MakeContainer(root_, "other");
  ASSERT_TRUE(container->Discard("nothing is there yet"));
  std::vector<BlockReceipt> blocks;
  for (const char* blob : {"task_7.json", "task_7_00001.json.gz", "task_71.json", "task_7.csv"})
    blocks.push_back(container->StageBlock(blob, 0, "1", {}).value());
  const auto of_other = other->StageBlock("task_7.json", 0, "1", {});
  ASSERT_TRUE(Commit(*container, "task_7.csv", {blocks[3]}));
  std::ofstream(root_ / ".task_7.json") << "of somebody else";
  fs::create_directories(root_ / ".task_7.json.parts");  // of an earlier version
  ASSERT_TRUE(container->Discard("task_7"));
  EXPECT_THAT(Entries(), ElementsAre(".task_7.json", ".task_7.json.parts-other",
                                     ".task_7.json.parts-other/" + of_other->id, ".task_71.json.parts-owner",
                                     ".task_71.json.parts-owner/" + blocks[2].id, "task_7.csv"));
  EXPECT_EQ(Commit(*container, "task_7.json", {blocks[0]}).error().reason, kInvalidBlockList);
  EXPECT_TRUE(Commit(*other, "task_7.json", {*of_other}));
}

TEST_F(DirectoryContainerTest, ADirectoryThatWasRemovedIsMadeAgain) {
  const auto container = Open(root_ / "a");
  ASSERT_TRUE(container->StageBlock("x", 0, "1", {}));
  fs::remove_all(root_ / "a");
  const auto block = container->StageBlock("x", 0, "1", {});
  ASSERT_TRUE(block) << block.error().message;
  EXPECT_TRUE(Commit(*container, "x", {*block}));
}

TEST_F(DirectoryContainerTest, WhatIsNoDirectoryIsNotFound) {
  std::ofstream(root_ / "file") << "in the way";
  const auto container = Open(root_ / "file");
  EXPECT_EQ(container->CheckWritable({}).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(container->StageBlock("x", 0, "1", {}).error().code, ErrorCode::kNotFound);
}

TEST_F(DirectoryContainerTest, WhatIsNoFileIsNotReplacedByABlob) {
  fs::create_directories(root_ / "x/y");
  fs::create_symlink("nowhere", root_ / "link");
  const auto container = Open(root_);
  for (const char* name : {"x", "link"}) {
    const auto block = container->StageBlock(name, 0, "1", {});
    EXPECT_EQ(Commit(*container, name, {*block}).error().reason, kBlobAlreadyExists);
  }
  EXPECT_TRUE(fs::is_directory(root_ / "x/y"));
  EXPECT_TRUE(fs::is_symlink(root_ / "link"));
}

TEST_F(DirectoryContainerTest, ANameTheDiskCannotHoldIsRefused) {
  EXPECT_EQ(Open(root_)->StageBlock(std::string(300, 'x'), 0, "1", {}).error().code,
            ErrorCode::kInvalidArgument);
  EXPECT_THAT(Entries(), IsEmpty());
}

}  // namespace
}  // namespace rawhaul::directory
