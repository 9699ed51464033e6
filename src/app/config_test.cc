#include "app/config.h"

#include <gtest/gtest.h>

#include <fstream>

namespace rawhaul {
namespace {

class ConfigTest : public testing::Test {
 protected:
  ~ConfigTest() override { std::filesystem::remove(file_); }

  Result<Config> Load(const std::string& text) {
    std::ofstream(file_) << text;
    return LoadConfig(file_);
  }
  std::string ErrorOf(const std::string& text) {
    const auto config = Load(text);
    return config ? "(no error)" : config.error().message.substr(file_.string().size());
  }

  const std::filesystem::path file_ =
      std::filesystem::path(testing::TempDir()) /
      (std::string("config-") + testing::UnitTest::GetInstance()->current_test_info()->name() + ".toml");
};

TEST_F(ConfigTest, SettingsAreTakenOver) {
  const auto config = Load(R"(
    listen = "[::1]:9000"
    [tls]
    certificate = "c.pem"
    key = "k.pem"
    [destinations]
    allow = ["http://127.0.0.1:10000", "file:///srv"]
    [http]
    header_timeout_seconds = 3
    body_timeout_seconds = 4
    idle_timeout_seconds = 5
    max_body_memory_mib = 6
    [delivery]
    push_quota = 4
    push_quota_days = 7
    [export]
    memory_mib = 64
  )");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->http.address, "::1");
  EXPECT_EQ(config->http.port, 9000);
  EXPECT_EQ(config->http.tls->private_key, "k.pem");
  EXPECT_EQ(config->http.header_timeout, std::chrono::seconds(3));
  EXPECT_EQ(config->http.body_timeout, std::chrono::seconds(4));
  EXPECT_EQ(config->http.idle_timeout, std::chrono::seconds(5));
  EXPECT_EQ(config->http.max_request_memory_bytes, uint64_t{6} << 20);
  EXPECT_EQ(config->push_quota.max_campaigns, 4u);
  EXPECT_EQ(config->push_quota.window, std::chrono::days(7));
  EXPECT_EQ(config->allowed_destinations,
            (std::vector<std::string>{"http://127.0.0.1:10000", "file:///srv"}));
  EXPECT_EQ(config->exports.memory_bytes, uint64_t{64} << 20);
}

TEST_F(ConfigTest, AnEmptyFileIsAllDefaults) {
  const auto config = Load("");
  ASSERT_TRUE(config);
  EXPECT_EQ(config->http.port, 8080);
  EXPECT_FALSE(config->http.tls);
}

TEST_F(ConfigTest, AListMayBeEmpty) {
  const auto config = Load("[destinations]\nallow = []");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_TRUE(config->allowed_destinations.empty());
}

TEST_F(ConfigTest, ErrorsNameTheLineAndTheSetting) {
  EXPECT_EQ(ErrorOf("\n[export]\nmemmory_mib = 1"), ":3: there is no setting \"export.memmory_mib\"");
  EXPECT_EQ(ErrorOf("[export]\nmemory_mib = \"much\""),
            ":2: \"export.memory_mib\" must be a whole number from 1 to 2147483648");
  EXPECT_EQ(ErrorOf("[export]\nmemory_mib = 99999999999"),
            ":2: \"export.memory_mib\" must be a whole number from 1 to 2147483648");
  EXPECT_EQ(ErrorOf("[export]\nmemory_mib = 0"),
            ":2: \"export.memory_mib\" must be a whole number from 1 to 2147483648");
  EXPECT_EQ(ErrorOf("http.idle_timeout_seconds = 0.5"),
            ":1: \"http.idle_timeout_seconds\" must be a whole number of seconds from 1 to 2592000");
  EXPECT_EQ(ErrorOf("listen = \"8080\""), ":1: \"listen\" must be \"ADDRESS:PORT\"");
  EXPECT_EQ(ErrorOf("[destinations]\nallow = [\"x\", 1]"),
            ":2: \"destinations.allow\" must be a list of strings");
  EXPECT_EQ(ErrorOf("[destinations]\nallow = \"x\""), ":2: \"destinations.allow\" must be a list of strings");
  EXPECT_EQ(ErrorOf("[tls]\nkey = \"k\""), ": tls needs both certificate and key");
  EXPECT_EQ(ErrorOf("a = [").substr(0, 3), ":1:");
}

TEST_F(ConfigTest, AMissingFileIsAnError) { EXPECT_FALSE(LoadConfig("/nonexistent/rawhaul.toml")); }

TEST(Listen, TakesAddressAndPort) {
  http::ServerOptions options;
  ASSERT_TRUE(ParseListen("0.0.0.0:0", options));
  EXPECT_EQ(options.address, "0.0.0.0");
  EXPECT_EQ(options.port, 0);
  for (const char* bad : {"", "8080", ":8080", "host:", "host:99999", "host:80x"})
    EXPECT_FALSE(ParseListen(bad, options)) << bad;
}

}  // namespace
}  // namespace rawhaul
