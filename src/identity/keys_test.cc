#include "identity/keys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <thread>
#include <vector>

#include "catalog/catalog_testing.h"
#include "identity/signing_key.h"

namespace rawhaul {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class KeysTest : public ::testing::Test {
 protected:
  TempDirectory data_;
  const fs::path keys_ = data_.path() / "keys";
};

TEST_F(KeysTest, MadeKeysCanBeLoadedAndUsed) {
  ASSERT_TRUE(CreateServerKeys(keys_));
  const auto loaded = LoadServerKeys(keys_);
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(loaded->box_key.Reveal().size(), 32u);
  EXPECT_TRUE(SigningKey::Import(loaded->signing_key));
  const SecretBox box(loaded->box_key);
  EXPECT_EQ(box.Open(box.Seal(Secret("text"))).Reveal(), "text");
}

TEST_F(KeysTest, OnlyTheOwnerCanReadThem) {
  ASSERT_TRUE(CreateServerKeys(keys_));
  EXPECT_EQ(fs::status(keys_).permissions(), fs::perms::owner_all);
  size_t files = 0;
  for (const auto& entry : fs::directory_iterator(keys_)) {
    EXPECT_EQ(entry.status().permissions(), fs::perms::owner_read | fs::perms::owner_write) << entry.path();
    ++files;
  }
  EXPECT_EQ(files, 2u);  // no temporary file is left
}

TEST_F(KeysTest, ADirectoryThatOthersCanReadIsClosed) {
  fs::create_directory(keys_);
  fs::permissions(keys_, fs::perms::all);
  ASSERT_TRUE(CreateServerKeys(keys_));
  EXPECT_EQ(fs::status(keys_).permissions(), fs::perms::owner_all);
}

TEST_F(KeysTest, ASecondCallReplacesNothing) {
  ASSERT_TRUE(CreateServerKeys(keys_));
  const auto before = LoadServerKeys(keys_);
  ASSERT_TRUE(CreateServerKeys(keys_));
  const auto after = LoadServerKeys(keys_);
  EXPECT_EQ(before->signing_key.Reveal(), after->signing_key.Reveal());
  EXPECT_EQ(before->box_key.Reveal(), after->box_key.Reveal());
}

TEST_F(KeysTest, OnlyTheMissingKeyIsMade) {
  ASSERT_TRUE(CreateServerKeys(keys_));
  const auto before = LoadServerKeys(keys_);
  fs::remove(keys_ / "box-key");
  ASSERT_TRUE(CreateServerKeys(keys_));
  const auto after = LoadServerKeys(keys_);
  EXPECT_EQ(before->signing_key.Reveal(), after->signing_key.Reveal());
  EXPECT_NE(before->box_key.Reveal(), after->box_key.Reveal());
}

TEST_F(KeysTest, ThreadsThatMakeKeysAtOnceEndUpWithTheSame) {
  std::vector<std::string> seen(4);
  {
    std::vector<std::jthread> threads;
    for (std::string& key : seen) {
      threads.emplace_back([&] {
        if (CreateServerKeys(keys_)) key = LoadServerKeys(keys_)->signing_key.Reveal();
      });
    }
  }
  EXPECT_FALSE(seen[0].empty());
  EXPECT_THAT(seen, ::testing::Each(seen[0]));
}

TEST_F(KeysTest, MissingKeysNameTheCommandThatMakesThem) {
  const auto loaded = LoadServerKeys(keys_);
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(loaded.error().message, HasSubstr("rawhaul init --data " + data_.path().string()));
}

TEST_F(KeysTest, DamagedKeysAreNamedAndNotShown) {
  ASSERT_TRUE(CreateServerKeys(keys_));
  for (const std::string name : {"box-key", "signing-key.json"}) {
    std::ofstream(keys_ / name) << "bm90IGEga2V5";
    const auto loaded = LoadServerKeys(keys_);
    ASSERT_FALSE(loaded);
    EXPECT_EQ(loaded.error().code, ErrorCode::kDataLoss);
    EXPECT_THAT(loaded.error().message, HasSubstr((keys_ / name).string()));
    EXPECT_THAT(loaded.error().message, ::testing::Not(HasSubstr("bm90IGEga2V5")));
  }
}

TEST_F(KeysTest, AFileInThePlaceOfTheDirectoryIsRefused) {
  std::ofstream(keys_) << "x";
  EXPECT_EQ(CreateServerKeys(keys_).error().code, ErrorCode::kInternal);
}

}  // namespace
}  // namespace rawhaul
