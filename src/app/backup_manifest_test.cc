#include "app/backup_manifest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "base/base_testing.h"

namespace rawhaul {
namespace {

using ::testing::HasSubstr;

class BackupManifestTest : public ::testing::Test {
 protected:
  std::filesystem::path file() const { return directory_.path() / kBackupManifest; }

  void Write(const BackupManifest& manifest) {
    std::filesystem::remove(file());
    const Status written = WriteBackupManifest(directory_.path(), manifest);
    ASSERT_TRUE(written) << written.error().message;
  }
  std::string Text() const {
    std::ifstream in(file(), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  Error ReadError() const {
    const auto read = ReadBackupManifest(directory_.path());
    return read ? Error{ErrorCode::kInternal, "it was read"} : read.error();
  }

  const TempDirectory directory_;
  const BackupManifest manifest_{
      FromMillis(1'461'663'000'518),
      {{"catalog.sqlite", {4096, std::string(64, 'a')}}, {"store/000012.sst", {0, std::string(64, 'b')}}}};
};

TEST_F(BackupManifestTest, WhatIsWrittenIsRead) {
  Write(manifest_);
  const auto read = ReadBackupManifest(directory_.path());
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->created, manifest_.created);
  ASSERT_EQ(read->files.size(), 2u);
  EXPECT_EQ(read->files[1].path, "store/000012.sst");
  EXPECT_EQ(read->files[0].digest, manifest_.files[0].digest);
}

TEST_F(BackupManifestTest, EveryChangedByteIsDataLoss) {
  Write(manifest_);
  const std::string text = Text();
  for (size_t i = 0; i + 1 < text.size(); ++i) {
    std::string changed = text;
    changed[i] = static_cast<char>(changed[i] ^ 0x01);
    std::ofstream(file(), std::ios::binary) << changed;
    const Error error = ReadError();
    EXPECT_EQ(error.code, ErrorCode::kDataLoss) << changed;
    EXPECT_THAT(error.message, HasSubstr(file().string()));
  }
}

TEST_F(BackupManifestTest, ACutManifestIsDataLoss) {
  Write(manifest_);
  std::filesystem::resize_file(file(), Text().size() / 2);
  EXPECT_EQ(ReadError().code, ErrorCode::kDataLoss);
}

TEST_F(BackupManifestTest, ADirectoryWithoutOneIsNoBackup) {
  EXPECT_EQ(ReadError().code, ErrorCode::kNotFound);
}

TEST_F(BackupManifestTest, NoPathLeadsOutOfTheBackup) {
  for (const char* path : {"/etc/passwd", "../keys", "store/../../keys", "store/./x", "", "."}) {
    Write({manifest_.created, {{path, {0, ""}}}});
    EXPECT_EQ(ReadError().code, ErrorCode::kDataLoss) << path;
  }
}

TEST_F(BackupManifestTest, AFileOfAnotherSizeOrContentIsNamed) {
  const BackedUpFile& file = manifest_.files[1];
  EXPECT_TRUE(CheckBackedUpFile(file, file.digest));
  for (const FileDigest& other : {FileDigest{1, file.digest.sha256}, FileDigest{0, std::string(64, 'c')}}) {
    const Status status = CheckBackedUpFile(file, other);
    ASSERT_FALSE(status);
    EXPECT_THAT(status.error().message, HasSubstr("store/000012.sst of the backup is damaged"));
  }
}

}  // namespace
}  // namespace rawhaul
