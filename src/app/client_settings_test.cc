#include "app/client_settings.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <fstream>

#include "base/base_testing.h"

namespace rawhaul {
namespace {

namespace fs = std::filesystem;

class ClientSettingsTest : public ::testing::Test {
 protected:
  fs::path Write(const std::string& text,
                 fs::perms permissions = fs::perms::owner_read | fs::perms::owner_write) {
    const fs::path file = directory_.path() / "client.toml";
    std::ofstream(file) << text;
    fs::permissions(file, permissions);
    return file;
  }
  std::string ErrorOf(const std::string& text) {
    const auto loaded = LoadClientSettings(Write(text));
    return loaded ? "no error" : loaded.error().message;
  }

  TempDirectory directory_;
};

TEST_F(ClientSettingsTest, EveryKeyIsRead) {
  const auto loaded = LoadClientSettings(Write(R"(
    server = "https://rawhaul.example"
    app = "s/g/c/n"
    tenant = "my-tenant"
    client_id = "id"
    ca_cert = "ca.pem"
    client_secret = "rhs_1"
    collect_key = "rhk_1"
    container = "https://account.example/c?sig=1"
  )"));
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(loaded->server, "https://rawhaul.example");
  EXPECT_EQ(loaded->app, "s/g/c/n");
  EXPECT_EQ(loaded->tenant, "my-tenant");
  EXPECT_EQ(loaded->client_id, "id");
  EXPECT_EQ(loaded->ca_cert, "ca.pem");
  EXPECT_EQ(loaded->client_secret.Reveal(), "rhs_1");
  EXPECT_EQ(loaded->collect_key.Reveal(), "rhk_1");
  EXPECT_EQ(loaded->container.Reveal(), "https://account.example/c?sig=1");
}

TEST_F(ClientSettingsTest, ASecretThatOthersCanReadIsRefused) {
  for (const fs::perms others : {fs::perms::group_read, fs::perms::others_read}) {
    for (const char* key : {"client_secret", "collect_key", "container"}) {
      const fs::path file = Write(std::string(key) + " = \"word\"", fs::perms::owner_all | others);
      const auto loaded = LoadClientSettings(file);
      ASSERT_FALSE(loaded);
      EXPECT_EQ(loaded.error().code, ErrorCode::kPermissionDenied);
      EXPECT_NE(loaded.error().message.find("chmod 600"), std::string::npos);
    }
    EXPECT_TRUE(LoadClientSettings(Write("tenant = \"t\"", fs::perms::owner_all | others)));
  }
}

TEST_F(ClientSettingsTest, ErrorsNameTheLineAndNoValue) {
  for (const char* text :
       {"\nclient_secret = rhs_word", "\nclient_secret = \"rhs_word", "\nclient_secret = 'rhs_word' x",
        "\nclient_secret = [\"rhs_word\"]", "\nclientSecret = \"rhs_word\""}) {
    const std::string error = ErrorOf(text);
    EXPECT_NE(error.find("client.toml:2: "), std::string::npos) << error;
    EXPECT_EQ(error.find("word"), std::string::npos) << error;
  }
}

TEST_F(ClientSettingsTest, TheUsualFileIsWhereTheEnvironmentSays) {
  ASSERT_EQ(setenv("XDG_CONFIG_HOME", "/x/config", 1), 0);
  ASSERT_EQ(setenv("HOME", "/home-of-mine", 1), 0);
  EXPECT_EQ(DefaultClientSettingsFile(), "/x/config/rawhaul/client.toml");
  ASSERT_EQ(unsetenv("XDG_CONFIG_HOME"), 0);
  EXPECT_EQ(DefaultClientSettingsFile(), "/home-of-mine/.config/rawhaul/client.toml");
  ASSERT_EQ(unsetenv("HOME"), 0);
  EXPECT_EQ(DefaultClientSettingsFile(), "");
}

}  // namespace
}  // namespace rawhaul
