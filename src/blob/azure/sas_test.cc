#include "blob/azure/sas.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "blob/reasons.h"

namespace rawhaul::azure {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view kContainer = "https://account.blob.core.windows.net/exports";
constexpr std::string_view kGoodSas = "sv=2021-08-06&sr=c&sp=w&se=2030-01-01T00%3A00%3A00Z&sig=sEcReT%2B1%3D";

Timestamp Now() { return *ParseTimestamp("2026-04-26T09:30:00Z"); }

Result<ContainerAddress> Parse(std::string_view url, std::string_view sas = kGoodSas) {
  return ParseContainerUrl(Secret(fmt::format("{}?{}", url, sas)), Now());
}

// The reason of the refusal, "" when there is none. Whatever it is, the error must not give the query away.
std::string ReasonFor(std::string_view url, std::string_view sas = kGoodSas) {
  const auto address = Parse(url, sas);
  if (address) return "";
  EXPECT_EQ(address.error().code, ErrorCode::kInvalidArgument);
  EXPECT_FALSE(address.error().message.empty());
  EXPECT_THAT(address.error().message,
              Not(AnyOf(HasSubstr("sEcReT"), HasSubstr("sig="), HasSubstr("2021-08-06"))));
  return address.error().reason;
}
std::string ReasonForSas(std::string_view sas) { return ReasonFor(kContainer, sas); }

TEST(ContainerUrlTest, TheAccountStandsInAzuresHosts) {
  const auto address = Parse("https://account.blob.core.windows.net/exports");
  ASSERT_TRUE(address);
  EXPECT_EQ(address->url, "https://account.blob.core.windows.net/exports");
  EXPECT_EQ(address->prefix, "");
  EXPECT_EQ(address->sas.Reveal(), kGoodSas);
}

TEST(ContainerUrlTest, TheAccountStandsInThePathOfOtherHosts) {
  const auto address = Parse("http://127.0.0.1:10000/devstoreaccount1/exports/a/b");
  ASSERT_TRUE(address);
  EXPECT_EQ(address->url, "http://127.0.0.1:10000/devstoreaccount1/exports");
  EXPECT_EQ(address->prefix, "a/b/");
}

// As Azurite tells them apart.
TEST(ContainerUrlTest, TheAccountStandsInThePathOfAddressesAndOfNamesWithoutADot) {
  for (const char* origin : {"http://127.0.0.1:10000", "http://[::1]:10000", "http://localhost:10000",
                             "http://azurite:10000", "http://host.docker.internal:10000"}) {
    const auto address = Parse(fmt::format("{}/account1/exports/a", origin));
    ASSERT_TRUE(address) << origin;
    EXPECT_EQ(address->url, fmt::format("{}/account1/exports", origin));
    EXPECT_EQ(address->prefix, "a/");
  }
  EXPECT_EQ(Parse("http://azurite.local:10000/devstoreaccount1/exports")->url,
            "http://azurite.local:10000/devstoreaccount1/exports");
}

TEST(ContainerUrlTest, OnACustomDomainTheFirstSegmentIsTheContainer) {
  const auto container = Parse("https://data.contoso.example/exports");
  ASSERT_TRUE(container) << container.error().message;
  EXPECT_EQ(container->url, "https://data.contoso.example/exports");
  EXPECT_EQ(container->prefix, "");
  const auto path = Parse("https://data.contoso.example:8443/my-exports/daily");
  ASSERT_TRUE(path) << path.error().message;
  EXPECT_EQ(path->url, "https://data.contoso.example:8443/my-exports");
  EXPECT_EQ(path->prefix, "daily/");
  EXPECT_EQ(ReasonFor("https://data.contoso.example/"), reason::kInvalidContainerUrl);
}

TEST(ContainerUrlTest, ThePathAfterTheContainerIsThePrefixDecoded) {
  EXPECT_EQ(Parse(fmt::format("{}/", kContainer))->prefix, "");
  EXPECT_EQ(Parse(fmt::format("{}/a", kContainer))->prefix, "a/");
  EXPECT_EQ(Parse(fmt::format("{}/a/b///", kContainer))->prefix, "a/b/");
  EXPECT_EQ(Parse(fmt::format("{}/a%20b/%C3%A9%2Fc", kContainer))->prefix, "a b/é/c/");
}

TEST(ContainerUrlTest, ContainerNamesFollowAzuresRules) {
  for (const char* name : {"abc", "exports-2026", "1a2", "$root", "%24web"}) {
    EXPECT_EQ(ReasonFor(fmt::format("https://account.blob.core.windows.net/{}", name)), "") << name;
  }
  EXPECT_EQ(Parse("https://account.blob.core.windows.net/%24web")->url,
            "https://account.blob.core.windows.net/$web");
  for (const std::string& name :
       {std::string("ab"), std::string(64, 'a'), std::string("Exports"), std::string("-abc"),
        std::string("abc-"), std::string("a--b"), std::string("a_bc"), std::string("$logs"),
        std::string("..."), std::string("%2e%2e")}) {
    EXPECT_EQ(ReasonFor("https://account.blob.core.windows.net/" + name), reason::kInvalidContainerUrl)
        << name;
  }
}

TEST(ContainerUrlTest, WhatIsNoContainerUrlIsRefused) {
  for (const char* url :
       {"exports", "https://account.blob.core.windows.net", "https://account.blob.core.windows.net/",
        "http://127.0.0.1:10000/devstoreaccount1", "http://127.0.0.1:10000/../exports",
        "https://me@account.blob.core.windows.net/exports", "ftp://account.blob.core.windows.net/exports",
        "https://account.blob.core.windows.net//exports"}) {
    EXPECT_EQ(ReasonFor(url), reason::kInvalidContainerUrl) << url;
  }
}

TEST(ContainerUrlTest, PrefixesThatNoBlobCouldHaveAreRefused) {
  for (const std::string& path : {std::string("a//b"), std::string("a/../b"), std::string("."),
                                  std::string("%00"), std::string("%FF"), std::string(800, 'x')}) {
    EXPECT_EQ(ReasonFor(fmt::format("{}/{}", kContainer, path)), reason::kInvalidContainerUrl) << path;
  }
  EXPECT_EQ(ReasonFor(fmt::format("{}/{}", kContainer, std::string(799, 'x'))), "");
}

TEST(ContainerUrlTest, ParametersOfOperationsAreRefused) {
  EXPECT_EQ(ReasonForSas(fmt::format("restype=container&comp=list&{}", kGoodSas)),
            reason::kInvalidContainerUrl);
  EXPECT_EQ(ReasonForSas(fmt::format("{}&blockid=AAAA", kGoodSas)), reason::kInvalidContainerUrl);
}

TEST(SasTest, ServiceAccountAndDelegationSasAreAccepted) {
  for (const char* sas :
       {"sv=2015-12-11&sr=c&sp=w&se=2030-01-01&sig=x", "sv=2015-12-11&sr=c&sp=rwdlac&se=2030-01-01&sig=x",
        "sv=2015-12-11&ss=b&srt=sco&sp=rwdlac&se=2030-01-01&st=2016-01-01&spr=https&sig=x",
        "sv=2015-12-11&ss=bqtf&srt=o&sp=w&se=2030-01-01&sig=x",
        "sv=2020-02-10&sr=d&sdd=1&sp=w&se=2030-01-01&skoid=a&sktid=b&skt=2026-01-01&ske=2030-01-01&sig=x"}) {
    EXPECT_EQ(ReasonForSas(sas), "") << sas;
  }
}

TEST(SasTest, MustBeThere) {
  EXPECT_EQ(ReasonForSas(""), reason::kSasMissing);
  EXPECT_EQ(ReasonForSas("sv=2021-08-06&sr=c&sp=w&se=2030-01-01"), reason::kSasMissing);
  EXPECT_EQ(ReasonForSas("sv=2021-08-06&sr=c&sp=w&se=2030-01-01&sig="), reason::kSasMissing);
  const auto bare = ParseContainerUrl(Secret(std::string(kContainer)), Now());
  EXPECT_EQ(bare.error().reason, reason::kSasMissing);
}

TEST(SasTest, MustNotHaveExpired) {
  for (const char* end :
       {"2026-04-26", "2026-04-26T09:30Z", "2026-04-26T09:30:00Z", "2026-04-26T09%3A29%3A59Z",
        "2026-04-26T09:29:59.9999999Z", "2026-04-26T10:30+01:00", "1999-01-01"}) {
    EXPECT_EQ(ReasonForSas(fmt::format("sr=c&sp=w&sig=x&se={}", end)), reason::kSasExpired) << end;
  }
  for (const char* end :
       {"2026-04-27", "2026-04-26T09:31Z", "2026-04-26T09:30:01Z", "2026-04-26T10:31+01:00"}) {
    EXPECT_EQ(ReasonForSas(fmt::format("sr=c&sp=w&sig=x&se={}", end)), "") << end;
  }
}

TEST(SasTest, MustHaveAnEndThatCanBeRead) {
  EXPECT_EQ(ReasonForSas("sr=c&sp=w&sig=x"), reason::kInvalidContainerUrl);
  for (const char* time :
       {"soon", "2026-13-01", "2030-01-01T00Z", "2030-01-01T", "20300101", "2030-01-01T00:00:00"}) {
    EXPECT_EQ(ReasonForSas(fmt::format("sr=c&sp=w&sig=x&se={}", time)), reason::kInvalidContainerUrl) << time;
    EXPECT_EQ(ReasonForSas(fmt::format("sr=c&sp=w&sig=x&se=2030-01-01&st={}", time)),
              reason::kInvalidContainerUrl);
  }
}

TEST(SasTest, MustBeValidByNowButForTheSkewOfClocks) {
  const auto with_start = [](const char* start) {
    return ReasonForSas(fmt::format("sr=c&sp=w&sig=x&se=2030-01-01&st={}", start));
  };
  EXPECT_EQ(with_start("2026-04-26"), "");
  EXPECT_EQ(with_start("2026-04-26T09:35:00Z"), "");
  EXPECT_EQ(with_start("2026-04-26T09:35:01Z"), reason::kSasNotYetValid);
  EXPECT_EQ(with_start("2026-04-27"), reason::kSasNotYetValid);
}

TEST(SasTest, MustAllowWriting) {
  for (const char* permissions : {"r", "c", "a", "rl", "rcdla", ""}) {
    EXPECT_EQ(ReasonForSas(fmt::format("sr=c&sig=x&se=2030-01-01&sp={}", permissions)),
              reason::kSasNoWritePermission);
  }
  EXPECT_EQ(ReasonForSas("sr=c&sig=x&se=2030-01-01"), reason::kSasNoWritePermission);
}

TEST(SasTest, AStoredPolicyMayHoldPermissionAndEnd) {
  EXPECT_EQ(ReasonForSas("sr=c&si=policy&sig=x"), "");
  EXPECT_EQ(ReasonForSas("sr=c&si=policy&sp=r&sig=x"), reason::kSasNoWritePermission);
  EXPECT_EQ(ReasonForSas("sr=c&si=policy&se=2020-01-01&sig=x"), reason::kSasExpired);
}

TEST(SasTest, MustBeForTheContainer) {
  for (const char* resource :
       {"sr=b", "sr=bs", "sr=f", "sr=s", "ss=qt&srt=sco", "ss=b&srt=sc", "ss=b", "srt=o"}) {
    EXPECT_EQ(ReasonForSas(fmt::format("{}&sp=w&sig=x&se=2030-01-01", resource)), reason::kSasWrongResource)
        << resource;
  }
}

TEST(SasTest, ForHttpsOnlyDoesNotServeForHttp) {
  constexpr std::string_view kAzurite = "http://127.0.0.1:10000/devstoreaccount1/exports";
  EXPECT_EQ(ReasonFor(kAzurite, "sr=c&sp=w&sig=x&se=2030-01-01&spr=https"), reason::kSasProtocolMismatch);
  EXPECT_EQ(ReasonFor(kAzurite, "sr=c&sp=w&sig=x&se=2030-01-01&spr=https,http"), "");
  EXPECT_EQ(ReasonForSas("sr=c&sp=w&sig=x&se=2030-01-01&spr=https"), "");
}

}  // namespace
}  // namespace rawhaul::azure
