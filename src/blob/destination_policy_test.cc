#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "blob/container.h"
#include "blob/reasons.h"

namespace rawhaul {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Not;

std::string ReasonFor(const DestinationPolicy& policy, std::string url) {
  const Status status = policy.Check(Secret(std::move(url)));
  if (status) return "";
  EXPECT_EQ(status.error().code, ErrorCode::kInvalidArgument);
  return status.error().reason;
}

TEST(DestinationPolicyTest, AzureHostsAreAllowedOverHttps) {
  const DestinationPolicy policy({});
  for (const char* url :
       {"https://account.blob.core.windows.net/c?sig=x", "https://account.blob.core.windows.net:443/c?sig=x",
        "https://ACCOUNT.blob.core.windows.net/c?sig=x",
        "https://account.blob.core.usgovcloudapi.net/c?sig=x",
        "https://account.blob.core.chinacloudapi.cn/c?sig=x",
        "https://account.blob.core.cloudapi.de/c?sig=x"}) {
    EXPECT_EQ(ReasonFor(policy, url), "") << url;
  }
}

TEST(DestinationPolicyTest, AnythingElseIsRefused) {
  const DestinationPolicy policy({});
  for (const char* url :
       {"http://account.blob.core.windows.net/c?sig=x", "https://account.blob.core.windows.net:8443/c?sig=x",
        "https://user@account.blob.core.windows.net/c?sig=x", "https://blob.core.windows.net/c?sig=x",
        "https://a.b.blob.core.windows.net/c?sig=x", "https://.blob.core.windows.net/c?sig=x",
        "https://account.blob.core.windows.net.evil.com/c?sig=x",
        "https://account.blob.core.windows.net./c?sig=x",
        "https://evil.com/account.blob.core.windows.net/c?sig=x", "https://169.254.169.254/c?sig=x",
        "https://account.queue.core.windows.net/c?sig=x", "http://127.0.0.1:10000/devstoreaccount1/c?sig=x",
        "file:///tmp"}) {
    EXPECT_EQ(ReasonFor(policy, url), reason::kDestinationNotAllowed) << url;
  }
}

TEST(DestinationPolicyTest, ListedOriginsAreAllowed) {
  const DestinationPolicy policy({"http://127.0.0.1:10000", "https://storage.example.com/"});
  EXPECT_EQ(ReasonFor(policy, "http://127.0.0.1:10000/devstoreaccount1/c?sig=x"), "");
  EXPECT_EQ(ReasonFor(policy, "https://storage.example.com:443/acc/c?sig=x"), "");
  EXPECT_EQ(ReasonFor(policy, "https://account.blob.core.windows.net/c?sig=x"), "");
  for (const char* url :
       {"http://127.0.0.1:10001/devstoreaccount1/c?sig=x", "https://127.0.0.1:10000/devstoreaccount1/c?sig=x",
        "http://127.0.0.1/devstoreaccount1/c?sig=x", "http://storage.example.com/acc/c?sig=x",
        "http://user@127.0.0.1:10000/devstoreaccount1/c?sig=x",
        "https://storage.example.com.evil.com/acc/c?sig=x"}) {
    EXPECT_EQ(ReasonFor(policy, url), reason::kDestinationNotAllowed) << url;
  }
}

TEST(DestinationPolicyTest, ListedDirectoryTreesAreAllowed) {
  const DestinationPolicy policy({"file:///var/exports/"});
  for (const char* url : {"file:///var/exports", "file:///var/exports/", "file:///var/exports/a/b",
                          "file:///var//exports/./a", "FILE:///var/exports/a%20b"}) {
    EXPECT_EQ(ReasonFor(policy, url), "") << url;
  }
  for (const char* url : {"file:///var", "file:///", "file:///var/exports2", "file:///VAR/exports"}) {
    EXPECT_EQ(ReasonFor(policy, url), reason::kDestinationNotAllowed) << url;
  }
  for (const char* url : {"file:///var/exports/../../etc", "file:///var/exports/%2e%2e/etc",
                          "file://host/var/exports", "file:/var/exports", "file:///var/exports?sig=secret"}) {
    EXPECT_EQ(ReasonFor(policy, url), reason::kInvalidContainerUrl) << url;
  }
}

TEST(DestinationPolicyTest, WhatIsNoUrlIsRefusedAsSuch) {
  EXPECT_EQ(ReasonFor(DestinationPolicy({}), "exports?sig=secret"), reason::kInvalidContainerUrl);
}

TEST(DestinationPolicyTest, ErrorsNameTheHostButNotThePathOrTheQuery) {
  const Status status = DestinationPolicy({}).Check(Secret("https://evil.com:81/path?sv=1&sig=secret"));
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message, HasSubstr("https://evil.com:81"));
  EXPECT_THAT(status.error().message, Not(AnyOf(HasSubstr("secret"), HasSubstr("sv="), HasSubstr("/path"))));
}

TEST(DestinationPolicyTest, ValidateNamesTheEntryThatIsNoDestination) {
  EXPECT_TRUE(DestinationPolicy({}).Validate());
  EXPECT_TRUE(
      DestinationPolicy({"http://127.0.0.1:10000", "https://a.example.com/", "file:///exports"}).Validate());
  for (const char* entry : {"127.0.0.1:10000", "http://127.0.0.1:10000/account", "ftp://host",
                            "https://h?x=y", "https://me@host", "file://exports", "/exports", ""}) {
    const Status status = DestinationPolicy({"https://good.example.com", entry}).Validate();
    ASSERT_FALSE(status) << entry;
    EXPECT_EQ(status.error().code, ErrorCode::kInvalidArgument);
    EXPECT_THAT(status.error().message, HasSubstr("\"" + std::string(entry) + "\""));
  }
}

}  // namespace
}  // namespace rawhaul
