#include "blob/directory/file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <fstream>

#include "base/base_testing.h"

namespace rawhaul::directory {
namespace {

using ::testing::HasSubstr;

TEST(FileErrorTest, ConditionsOfTheSystemMapToCodes) {
  const std::pair<int, ErrorCode> cases[] = {
      {ENOSPC, ErrorCode::kResourceExhausted}, {EDQUOT, ErrorCode::kResourceExhausted},
      {EACCES, ErrorCode::kPermissionDenied},  {EPERM, ErrorCode::kPermissionDenied},
      {EROFS, ErrorCode::kPermissionDenied},   {ENOENT, ErrorCode::kNotFound},
      {ENOTDIR, ErrorCode::kNotFound},         {ENAMETOOLONG, ErrorCode::kInvalidArgument},
      {EISDIR, ErrorCode::kInvalidArgument},   {EIO, ErrorCode::kUnavailable},
  };
  for (const auto& [condition, code] : cases) {
    const Error error = FileError("cannot write", "/a/b", {condition, std::generic_category()});
    EXPECT_EQ(error.code, code) << condition;
    EXPECT_FALSE(error.reason.empty());
    EXPECT_THAT(error.message, HasSubstr("cannot write /a/b: "));
  }
}

TEST(FileTest, AFullDiskIsExhausted) {
  const Status written = File::Create("/dev/full")->Write("data");
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, ErrorCode::kResourceExhausted);
  EXPECT_EQ(written.error().reason, "DiskFull");
}

TEST(FileTest, AFileGetsANameThatNothingHas) {
  const TempDirectory root;
  std::ofstream(root.path() / "new") << "new";
  ASSERT_TRUE(Publish(root.path() / "new", root.path() / "name"));
  EXPECT_EQ(File::Open(root.path() / "name")->Read(10), "new");
  std::ofstream(root.path() / "other") << "other";
  EXPECT_EQ(Publish(root.path() / "other", root.path() / "name").error().code, ErrorCode::kConflict);
  EXPECT_EQ(File::Open(root.path() / "name")->Read(10), "new");
}

TEST(FileTest, WhatIsNotThereCannotBeOpened) {
  EXPECT_EQ(File::Open("/nowhere/at/all").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(File::Create("/nowhere/at/all").error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace rawhaul::directory
