#include "blob/storage.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/base_testing.h"
#include "base/retry_timer_testing.h"
#include "blob/reasons.h"

namespace rawhaul {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Not;

// Opening makes no request.
class NoHttpClient final : public net::HttpClient {
 public:
  Result<net::HttpResponse> Send(const net::HttpRequest&, std::stop_token) override {
    ADD_FAILURE() << "a request was sent";
    return Fail(ErrorCode::kInternal, "no request expected");
  }
};

class ContainerFactoryTest : public ::testing::Test {
 protected:
  Result<std::unique_ptr<Container>> Open(std::string url) { return factory_->Open(Secret(std::move(url))); }

  NoHttpClient client_;
  FakeRetryTimer timer_;
  const ManualClock clock_{*ParseTimestamp("2026-04-26T09:30:00Z")};
  std::unique_ptr<ContainerFactory> factory_ = MakeContainerFactory(
      DestinationPolicy({"http://127.0.0.1:10000", "file:///exports"}), {client_, timer_, clock_});
};

TEST_F(ContainerFactoryTest, OpensAzureContainers) {
  EXPECT_EQ((*Open("https://account.blob.core.windows.net/exports/a?sp=w&se=2027-01-01&sig=x"))->prefix(),
            "a/");
  EXPECT_EQ((*Open("http://127.0.0.1:10000/devstoreaccount1/exports?sp=w&se=2027-01-01&sig=x"))->prefix(),
            "");
}

TEST_F(ContainerFactoryTest, OpensDirectories) { EXPECT_EQ((*Open("file:///exports/acme"))->prefix(), ""); }

TEST_F(ContainerFactoryTest, TakesWhatIsSurelyMeant) {
  const std::string good = "https://account.blob.core.windows.net/exports/a?sp=w&se=2027-01-01&sig=x";
  const std::string place = *factory_->PlaceOf(Secret(good));
  std::string joined = good;
  joined.replace(joined.find('?'), 1, "??");
  for (const std::string& url : {" " + good, good + "\n", "\t" + good + " \r\n", joined}) {
    const auto container = Open(url);
    ASSERT_TRUE(container) << container.error().message;
    EXPECT_EQ((*container)->prefix(), "a/");
    EXPECT_EQ(*factory_->PlaceOf(Secret(url)), place);
  }
  EXPECT_TRUE(Open(" file:///exports/acme\n"));
  for (const char* blank : {"", " ", "\n"}) EXPECT_FALSE(Open(blank));
}

TEST_F(ContainerFactoryTest, AsksThePolicyFirst) {
  EXPECT_EQ(Open("https://evil.com/exports").error().reason, reason::kDestinationNotAllowed);
  EXPECT_EQ(Open("file:///etc").error().reason, reason::kDestinationNotAllowed);
}

// Remembers the reach of the one request that it is given.
class ReachRecorder final : public net::HttpClient {
 public:
  Result<net::HttpResponse> Send(const net::HttpRequest& request, std::stop_token) override {
    reach = request.reach;
    return net::HttpResponse{.status = 201, .headers = {}, .body = {}};
  }
  std::optional<net::Reach> reach;
};

TEST_F(ContainerFactoryTest, OnlyListedHostsMayHaveAddressesThatAreNotPublic) {
  ReachRecorder recorder;
  const auto factory = MakeContainerFactory(
      DestinationPolicy({"http://127.0.0.1:10000", "https://listed.blob.core.windows.net"}),
      {recorder, timer_, clock_});
  const auto reach_of = [&](const std::string& host) {
    const auto container = factory->Open(Secret(host + "/devstoreaccount1/exports?sp=w&se=2027-01-01&sig=x"));
    EXPECT_TRUE((*container)->CheckWritable({}));
    return recorder.reach;
  };
  EXPECT_EQ(reach_of("https://account.blob.core.windows.net"), net::Reach::kPublicAddresses);
  EXPECT_EQ(reach_of("https://listed.blob.core.windows.net"), net::Reach::kAnyAddress);
  EXPECT_EQ(reach_of("http://127.0.0.1:10000"), net::Reach::kAnyAddress);
}

TEST_F(ContainerFactoryTest, ReadsTheClockAtEachCall) {
  EXPECT_EQ(Open("https://account.blob.core.windows.net/exports?sp=w&se=2026-04-26&sig=x").error().reason,
            reason::kSasExpired);
}

TEST_F(ContainerFactoryTest, NoErrorHoldsTheQuery) {
  for (const char* url : {"?se=s3cret&sig=s3cret", "https://evil.com/exports?se=s3cret&sig=s3cret",
                          "https://account.blob.core.windows.net/exports?se=s3cret&sig=s3cret&sp=w",
                          "https://account.blob.core.windows.net/exports?se=2027-01-01&sig=s3cret&sp=r",
                          "https://account.blob.core.windows.net/exports?sig=s3cret%zz",
                          "https://account.blob.core.windows.net/E?sig=s3cret", "file:///exports?sig=s3cret",
                          "https://account.blob.core.windows.net/exports#s3cret"}) {
    const auto container = Open(url);
    ASSERT_FALSE(container) << url;
    EXPECT_EQ(container.error().code, ErrorCode::kInvalidArgument);
    EXPECT_THAT(container.error().message + container.error().reason,
                Not(AnyOf(HasSubstr("s3cret"), HasSubstr("sig="), HasSubstr("se="))));
  }
}

}  // namespace
}  // namespace rawhaul
