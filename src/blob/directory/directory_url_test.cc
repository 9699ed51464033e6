#include "blob/directory/directory_url.h"

#include <gtest/gtest.h>

#include "blob/reasons.h"

namespace rawhaul::directory {
namespace {

TEST(DirectoryUrlTest, GivesTheNormalPath) {
  EXPECT_EQ(*ParseDirectoryUrl("file:///a/b"), "/a/b");
  EXPECT_EQ(*ParseDirectoryUrl("File:///a//./b/"), "/a/b");
  EXPECT_EQ(*ParseDirectoryUrl("file:///a%20b/%C3%A9"), "/a b/é");
  EXPECT_EQ(*ParseDirectoryUrl("file:///"), "/");
}

TEST(DirectoryUrlTest, WhatNamesNoDirectoryIsRefused) {
  for (const char* url :
       {"file:", "file:a", "file:/a", "file://a", "file://localhost/a", "file:///a?b", "file:///a#b",
        "file:///a/..", "file:///../a", "file:///a/%2E%2e/b", "file:///%00", "file:///%zz", "file:///%FF"}) {
    const auto path = ParseDirectoryUrl(url);
    ASSERT_FALSE(path) << url;
    EXPECT_EQ(path.error().code, ErrorCode::kInvalidArgument);
    EXPECT_EQ(path.error().reason, reason::kInvalidContainerUrl);
  }
}

TEST(DirectoryUrlTest, TreesHoldWholeNames) {
  EXPECT_TRUE(IsWithin("/a/b", "/a/b"));
  EXPECT_TRUE(IsWithin("/a/b/c", "/a/b"));
  EXPECT_TRUE(IsWithin("/a", "/"));
  EXPECT_FALSE(IsWithin("/a/bc", "/a/b"));
  EXPECT_FALSE(IsWithin("/a", "/a/b"));
}

TEST(DirectoryUrlTest, OnlyTheSchemeDecides) {
  EXPECT_TRUE(IsDirectoryUrl("FILE:///x"));
  EXPECT_FALSE(IsDirectoryUrl("https://file:80/"));
  EXPECT_FALSE(IsDirectoryUrl("files:///x"));
  EXPECT_FALSE(IsDirectoryUrl(""));
}

}  // namespace
}  // namespace rawhaul::directory
