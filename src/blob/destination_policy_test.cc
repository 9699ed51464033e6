#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/base_testing.h"
#include "blob/container.h"
#include "blob/reasons.h"

namespace rawhaul {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Not;

std::string ReasonFor(const DestinationPolicy& policy, std::string url) {
  const auto status = policy.Check(Secret(std::move(url)));
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
        "https://blob.core.windows.net/c?sig=x", "https://a.b.blob.core.windows.net/c?sig=x",
        "https://.blob.core.windows.net/c?sig=x", "https://account.blob.core.windows.net.evil.com/c?sig=x",
        "https://account.blob.core.windows.net./c?sig=x",
        "https://evil.com/account.blob.core.windows.net/c?sig=x", "https://169.254.169.254/c?sig=x",
        "https://account.queue.core.windows.net/c?sig=x", "http://127.0.0.1:10000/devstoreaccount1/c?sig=x",
        "file:///tmp"}) {
    EXPECT_EQ(ReasonFor(policy, url), reason::kDestinationNotAllowed) << url;
  }
}

TEST(DestinationPolicyTest, OtherServicesOfAnAccountAreToldWhereItsBlobsAre) {
  // Listing does not make blobs of them.
  const DestinationPolicy policy({"https://account.dfs.core.windows.net"});
  for (const char* service : {"dfs", "file", "queue", "table"}) {
    const auto refused =
        policy.Check(Secret(std::string("https://account.") + service + ".core.windows.net/c?sig=s3cret"));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().reason, reason::kDestinationNotAllowed);
    EXPECT_THAT(refused.error().message, HasSubstr("https://account.blob.core.windows.net"));
    EXPECT_THAT(refused.error().message, Not(HasSubstr("s3cret")));
  }
  const auto sovereign = policy.Check(Secret("https://account.dfs.core.chinacloudapi.cn/c?sig=x"));
  EXPECT_THAT(sovereign.error().message, HasSubstr("https://account.blob.core.chinacloudapi.cn"));
}

TEST(DestinationPolicyTest, ListedOriginsAreAllowed) {
  const DestinationPolicy policy({"http://127.0.0.1:10000", "https://storage.example.com/"});
  EXPECT_EQ(ReasonFor(policy, "http://127.0.0.1:10000/devstoreaccount1/c?sig=x"), "");
  EXPECT_EQ(ReasonFor(policy, "https://storage.example.com:443/acc/c?sig=x"), "");
  EXPECT_EQ(ReasonFor(policy, "https://account.blob.core.windows.net/c?sig=x"), "");
  for (const char* url :
       {"http://127.0.0.1:10001/devstoreaccount1/c?sig=x", "https://127.0.0.1:10000/devstoreaccount1/c?sig=x",
        "http://127.0.0.1/devstoreaccount1/c?sig=x", "http://storage.example.com/acc/c?sig=x",
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

TEST(DestinationPolicyTest, TellsAzureHostsFromThoseThatAreListed) {
  const DestinationPolicy policy({"https://private.blob.core.windows.net", "file:///exports"});
  EXPECT_EQ(policy.Check(Secret("https://public.blob.core.windows.net/c")), Grounds::kAzure);
  EXPECT_EQ(policy.Check(Secret("https://private.blob.core.windows.net/c")), Grounds::kListed);
  EXPECT_EQ(policy.Check(Secret("file:///exports/a")), Grounds::kListed);
}

// What other programs read as a host that is allowed, or as an address within.
TEST(DestinationPolicyTest, AHostInDisguiseIsRefused) {
  const DestinationPolicy policy({"http://127.0.0.1:10000", "https://storage.example.com"});
  for (const std::string url : {"http://2130706433:10000/account/c?sig=x",
                                "http://0x7f.1:10000/account/c?sig=x",
                                "http://0177.0.0.1:10000/account/c?sig=x",
                                "http://127.1:10000/account/c?sig=x",
                                "http://127.0.0.1.:10000/account/c?sig=x",
                                "http://[::ffff:127.0.0.1]:10000/account/c?sig=x",
                                "http://[::ffff:7f00:1]:10000/account/c?sig=x",
                                "http://127.0.0.1:10000@evil.com/account/c?sig=x",
                                "http://evil.com:10000/http://127.0.0.1:10000/c?sig=x",
                                "https://storage.example.com./account/c?sig=x",
                                "https://storage.example.com:443@evil.com/account/c?sig=x",
                                "https://xn--storage-.example.com/account/c?sig=x",
                                "https://storage.example.com\\@evil.com/account/c?sig=x",
                                "https://evil.com\\.storage.example.com/c?sig=x",
                                "https://evil.com%2f.blob.core.windows.net/c?sig=x",
                                "https://evil.com%00.blob.core.windows.net/c?sig=x",
                                "https://evil%2ecom/c?sig=x",
                                "https://evil.com\t.blob.core.windows.net/c?sig=x",
                                "https://evil.com\n.blob.core.windows.net/c?sig=x",
                                "https://evil.com#.blob.core.windows.net/c?sig=x",
                                "https://evil.com?.blob.core.windows.net/c?sig=x",
                                "https:/account.blob.core.windows.net/c?sig=x",
                                "https:account.blob.core.windows.net/c?sig=x",
                                "//account.blob.core.windows.net/c?sig=x",
                                " https://account.blob.core.windows.net/c?sig=x",
                                "https://account.blob.core.windows.net\xe3\x80\x82/c",
                                "https://[fe80::1%25eth0]/account/c?sig=x",
                                "ftp://account.blob.core.windows.net/c?sig=x",
                                "gopher://127.0.0.1:10000/c?sig=x"}) {
    EXPECT_THAT(ReasonFor(policy, url), AnyOf(reason::kDestinationNotAllowed, reason::kInvalidContainerUrl))
        << url;
  }
}

TEST(DestinationPolicyTest, ALinkDoesNotLeadOutOfAnAllowedDirectory) {
  const TempDirectory outside;
  const TempDirectory tree;
  std::filesystem::create_directory_symlink(outside.path(), tree.path() / "out");
  std::filesystem::create_directory_symlink(tree.path(), outside.path() / "alias");
  const std::string allowed = "file://" + (outside.path() / "alias").string();
  const DestinationPolicy policy({allowed});
  EXPECT_EQ(ReasonFor(policy, allowed + "/new/daily"), "") << "the tree itself may be named by a link";
  EXPECT_EQ(ReasonFor(policy, allowed + "/out"), reason::kDestinationNotAllowed);
  EXPECT_EQ(ReasonFor(policy, allowed + "/out/new"), reason::kDestinationNotAllowed);
}

TEST(DestinationPolicyTest, AUserNameIsToldAsWhatIsWrong) {
  const DestinationPolicy policy({"http://127.0.0.1:10000"});
  for (const char* url : {"https://user@account.blob.core.windows.net/c?sig=x",
                          "http://user:s3cret@127.0.0.1:10000/devstoreaccount1/c?sig=x"}) {
    EXPECT_EQ(ReasonFor(policy, url), reason::kInvalidContainerUrl) << url;
    const std::string message = policy.Check(Secret(std::string(url))).error().message;
    EXPECT_THAT(message, HasSubstr("has a user name"));
    EXPECT_THAT(message, Not(AnyOf(HasSubstr("user@"), HasSubstr("s3cret"))));
  }
}

TEST(DestinationPolicyTest, APathThatNoFileSystemTakesIsToldAsWhatIsWrong) {
  const DestinationPolicy policy({"file:///exports"});
  const std::string longest = "file:///exports/" + std::string(255, 'x');
  EXPECT_EQ(ReasonFor(policy, longest), "");
  EXPECT_EQ(ReasonFor(policy, longest + "x"), reason::kInvalidContainerUrl);
  std::string deep = "file:///exports";
  while (deep.size() < 5000) deep += "/deeper";
  EXPECT_EQ(ReasonFor(policy, deep), reason::kInvalidContainerUrl);
  EXPECT_THAT(policy.Check(Secret(longest + "x")).error().message, HasSubstr("more than 255 bytes"));
}

TEST(DestinationPolicyTest, WhatIsNoUrlIsRefusedAsSuch) {
  EXPECT_EQ(ReasonFor(DestinationPolicy({}), "exports?sig=secret"), reason::kInvalidContainerUrl);
}

TEST(DestinationPolicyTest, ErrorsNameTheHostButNotThePathOrTheQuery) {
  const auto status = DestinationPolicy({}).Check(Secret("https://evil.com:81/path?sv=1&sig=secret"));
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
