#include "identity/collect_keys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "base/base_testing.h"
#include "base/encoding.h"
#include "catalog/catalog_testing.h"
#include "identity/registration.h"
#include "identity/secret_hash.h"
#include "identity/secret_hash_testing.h"

namespace rawhaul {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;

// Counts the look-ups, and can fail.
class CountingApps final : public AppCatalog {
 public:
  explicit CountingApps(AppCatalog& apps) : apps_(apps) {}
  Result<App> Create(const AppPath& path, std::string_view platform, std::string_view key_id,
                     std::string_view key_hash, Timestamp created) override {
    return apps_.Create(path, platform, key_id, key_hash, created);
  }
  Result<std::optional<App>> Find(const AppPath& path) override { return apps_.Find(path); }
  Result<std::optional<AppWithKey>> FindByKeyId(std::string_view key_id) override {
    ++look_ups;
    if (failing) return Fail(ErrorCode::kUnavailable, "down");
    return apps_.FindByKeyId(key_id);
  }
  Status ReplaceKeyHash(std::string_view key_id, std::string_view from, std::string_view to) override {
    if (read_only) return Fail(ErrorCode::kUnavailable, "the disk is full", "DiskFull");
    return apps_.ReplaceKeyHash(key_id, from, to);
  }
  Result<std::vector<App>> List(std::string_view subscription) override { return apps_.List(subscription); }

  int look_ups = 0;
  bool failing = false;
  bool read_only = false;

 private:
  AppCatalog& apps_;
};

class CollectKeysTest : public ::testing::Test {
 protected:
  NewApp Make(const std::string& name) {
    return CreateApp(apps_, {"sub", "group", "collection", name}, "ios", FromMillis(1)).value();
  }
  Result<uint32_t> Verify(std::string_view authorization, std::string_view address = "203.0.113.7") {
    return verifier_.Verify(authorization, address);
  }
  static std::string Bearer(const NewApp& app) { return "Bearer " + app.collect_key.Reveal(); }

  TemporaryCatalog catalog_;
  CountingApps apps_{catalog_->apps()};
  ManualClock clock_;
  CollectKeyVerifier verifier_{apps_, clock_};
};

TEST_F(CollectKeysTest, AKeyIsRecognisableAndItsHashIsOfItsSecretPart) {
  const NewCollectKey key = MakeCollectKey();
  EXPECT_THAT(key.key.Reveal(), MatchesRegex("rhk_[0-9a-f]{16}_[A-Za-z0-9_-]{43}"));
  EXPECT_EQ(key.key.Reveal().substr(4, 16), key.key_id);
  EXPECT_TRUE(VerifySecret(key.key.Reveal().substr(21), key.hash));
}

TEST_F(CollectKeysTest, KeysDiffer) {
  const auto a = MakeCollectKey();
  const auto b = MakeCollectKey();
  EXPECT_NE(a.key.Reveal(), b.key.Reveal());
  EXPECT_NE(a.key_id, b.key_id);
}

TEST_F(CollectKeysTest, AKeyMayBeTheUserNameOfBasicAuthentication) {
  const NewApp app = Make("a");
  const auto basic = [](const std::string& pair) { return "Basic " + Base64Encode(pair); };
  EXPECT_EQ(Verify(basic(app.collect_key.Reveal() + ":")), app.app.id);
  EXPECT_EQ(Verify(basic(app.collect_key.Reveal() + ":anything")), app.app.id);
  for (const auto& wrong : {basic(app.collect_key.Reveal() + "x:"), basic(":" + app.collect_key.Reveal()),
                            basic(app.collect_key.Reveal()), "Basic " + app.collect_key.Reveal()}) {
    EXPECT_EQ(Verify(wrong).error().code, ErrorCode::kUnauthenticated) << wrong;
  }
  EXPECT_EQ(verifier_.VerifyKey(app.collect_key.Reveal(), "203.0.113.7"), app.app.id);
}

TEST_F(CollectKeysTest, ARightKeyGivesItsApp) {
  const NewApp a = Make("a");
  const NewApp b = Make("b");
  EXPECT_EQ(Verify(Bearer(a)), a.app.id);
  EXPECT_EQ(Verify(Bearer(b)), b.app.id);
}

TEST_F(CollectKeysTest, AKeyThatWasVerifiedIsRememberedAndTheCatalogNotAskedAgain) {
  const NewApp app = Make("a");
  ASSERT_TRUE(Verify(Bearer(app)));
  apps_.failing = true;
  EXPECT_EQ(Verify(Bearer(app)), app.app.id);
  EXPECT_EQ(apps_.look_ups, 1);
}

TEST_F(CollectKeysTest, OnlyAKeyThatWasVerifiedIsRecognized) {
  const NewApp app = Make("a");
  EXPECT_EQ(verifier_.Recognize(Bearer(app)), std::nullopt);
  ASSERT_TRUE(Verify(Bearer(app)));
  EXPECT_EQ(verifier_.Recognize(Bearer(app)), app.app.id);
  EXPECT_EQ(verifier_.Recognize("Basic " + Base64Encode(app.collect_key.Reveal() + ":")), app.app.id);
  EXPECT_EQ(verifier_.Recognize(Bearer(app) + "x"), std::nullopt);
  EXPECT_EQ(verifier_.Recognize(""), std::nullopt);
}

TEST_F(CollectKeysTest, ASecretWithUnderscoresIsTakenWhole) {
  ASSERT_TRUE(
      apps_.Create({"sub", "group", "collection", "x"}, "ios", "abc", HashSecret("a_b_c"), FromMillis(1)));
  EXPECT_TRUE(Verify("Bearer rhk_abc_a_b_c"));
  EXPECT_FALSE(Verify("Bearer rhk_abc_a"));
}

TEST_F(CollectKeysTest, TheHashOfAnEarlierVersionIsReplacedByTheFirstRightKey) {
  ASSERT_TRUE(apps_.Create({"sub", "group", "collection", "x"}, "ios", "abc", kOldHash, FromMillis(1)));
  const auto hash = [&] { return apps_.FindByKeyId("abc").value()->key_hash; };
  EXPECT_FALSE(Verify("Bearer rhk_abc_wrong"));
  EXPECT_EQ(hash(), kOldHash);
  EXPECT_TRUE(Verify("Bearer rhk_abc_a_b_c"));
  EXPECT_EQ(hash(), HashSecret(kOldSecret));
  EXPECT_TRUE(CollectKeyVerifier(apps_, clock_).VerifyKey("rhk_abc_a_b_c", "203.0.113.7"));
}

TEST_F(CollectKeysTest, AKeyIsRightAlsoWhileItsOldHashCannotBeReplaced) {
  ASSERT_TRUE(apps_.Create({"sub", "group", "collection", "x"}, "ios", "abc", kOldHash, FromMillis(1)));
  apps_.read_only = true;
  EXPECT_TRUE(Verify("Bearer rhk_abc_a_b_c"));
}

TEST_F(CollectKeysTest, AWrongSecretAndAnUnknownKeyGiveTheSameErrorAndAreNotRemembered) {
  const NewApp app = Make("a");
  std::string wrong = Bearer(app);
  wrong.back() = wrong.back() == 'A' ? 'B' : 'A';
  const auto wrong_secret = Verify(wrong);
  const auto unknown = Verify("Bearer rhk_0000000000000000_hunter2");
  ASSERT_FALSE(wrong_secret || unknown);
  EXPECT_EQ(wrong_secret.error(), unknown.error());
  EXPECT_EQ(unknown.error().code, ErrorCode::kUnauthenticated);
  EXPECT_THAT(unknown.error().message, Not(HasSubstr("hunter2")));
  EXPECT_FALSE(Verify(wrong));
}

TEST_F(CollectKeysTest, TheSecretOfOneAppDoesNotOpenAnother) {
  const NewApp a = Make("a");
  const NewApp b = Make("b");
  EXPECT_FALSE(Verify(Bearer(a).substr(0, 28) + Bearer(b).substr(28)));
}

TEST_F(CollectKeysTest, WhatIsNoCollectKeyIsRefusedWithoutALookUp) {
  for (const std::string text : {"", "Bearer", "Bearer x", "Bearer rhk_", "Bearer rhk_abc", "Bearer rhk_abc_",
                                 "Bearer rhk__secret", "Bearer RHK_abc_secret", "Basic rhk_abc_secret"}) {
    const auto refused = Verify(text);
    ASSERT_FALSE(refused) << text;
    EXPECT_EQ(refused.error().code, ErrorCode::kUnauthenticated);
  }
  EXPECT_EQ(apps_.look_ups, 0);
}

TEST_F(CollectKeysTest, AFailingCatalogIsNoRefusal) {
  apps_.failing = true;
  EXPECT_EQ(Verify("Bearer rhk_abc_secret").error().code, ErrorCode::kUnavailable);
}

TEST_F(CollectKeysTest, TooManyWrongKeysOfAnAddressAreToldSoAndRightOnesAreTaken) {
  const NewApp app = Make("a");
  const NewApp new_here = Make("b");
  const std::string wrong = Bearer(app) + "x";
  for (int i = 0; i < 20; ++i) {
    ASSERT_EQ(Verify(wrong, "192.0.2.1").error().code, ErrorCode::kUnauthenticated);
  }
  EXPECT_EQ(Verify(wrong, "192.0.2.1").error().code, ErrorCode::kResourceExhausted);
  EXPECT_EQ(Verify("Bearer rhk_none_x", "192.0.2.1").error().code, ErrorCode::kResourceExhausted);
  EXPECT_EQ(Verify(Bearer(app), "192.0.2.1"), app.app.id);
  EXPECT_EQ(Verify(Bearer(new_here), "192.0.2.1"), new_here.app.id) << "as after a restart, behind a proxy";
  clock_.Advance(std::chrono::seconds(3));
  EXPECT_EQ(Verify(wrong, "192.0.2.1").error().code, ErrorCode::kUnauthenticated);
}

TEST_F(CollectKeysTest, ThreadsThatComeWithTheSameKeyAreAllLetIn) {
  const NewApp app = Make("a");
  CollectKeyVerifier verifier(catalog_->apps(), clock_);
  std::vector<uint32_t> seen(8);
  {
    std::vector<std::jthread> threads;
    for (uint32_t& id : seen)
      threads.emplace_back([&] { id = verifier.Verify(Bearer(app), "").value_or(0); });
  }
  EXPECT_THAT(seen, ::testing::Each(app.app.id));
}

}  // namespace
}  // namespace rawhaul
