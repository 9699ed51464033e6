#include "blob/directory/file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

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

TEST(FileTest, WhatIsNotThereCannotBeOpened) {
  EXPECT_EQ(File::Open("/nowhere/at/all").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(File::Create("/nowhere/at/all").error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace rawhaul::directory
