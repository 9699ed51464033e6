#include <fmt/format.h>
#include <gtest/gtest.h>

#include <deque>
#include <filesystem>
#include <fstream>

#include "base/base_testing.h"
#include "base/retry_timer_testing.h"
#include "blob/reasons.h"
#include "blob/storage.h"
#include "net/http_server_testing.h"

namespace rawhaul {
namespace {

using net::ServerAnswer;
using Fault = ServerAnswer::Fault;

constexpr std::string_view kSas =
    "sv=2021-08-06&sr=b&sp=r&se=2030-01-01T00%3A00%3A00Z&sig=s3cret%2Bs1gnature%3D";

// A server with one blob of which ranges are read, as Azure answers them.
class BlobSourceTest : public ::testing::Test {
 protected:
  std::string Url(std::string_view sas = kSas) const {
    return fmt::format("{}/devstoreaccount1/imports/a%20b/tags.json?{}", server_.origin(), sas);
  }
  Result<std::unique_ptr<BlobSource>> Open(const std::string& url) { return factory_->Open(Secret(url)); }
  std::string ReasonFor(const std::string& url) {
    const auto source = Open(url);
    if (source) return "";
    EXPECT_EQ(source.error().code, ErrorCode::kInvalidArgument);
    EXPECT_EQ(source.error().message.find("s3cret"), std::string::npos);
    return source.error().reason;
  }

  static Result<std::string> ReadAll(BlobSource& source) {
    std::string all;
    while (true) {
      RAWHAUL_ASSIGN(const std::string part, source.Read({}));
      if (part.empty()) return all;
      EXPECT_LE(part.size(), BlobSource::kMaxPartBytes);
      all += part;
    }
  }

  ServerAnswer Answer(const net::ServerRequest& request) {
    if (!answers_.empty()) {
      ServerAnswer answer = answers_.front();
      answers_.pop_front();
      if (answer.status != 0) return answer;
    }
    const std::string_view condition = request.header("if-match");
    if (!condition.empty() && condition != etag_) return {.status = 412};
    size_t first = 0;
    size_t last = 0;
    EXPECT_EQ(std::sscanf(std::string(request.header("range")).c_str(), "bytes=%zu-%zu", &first, &last), 2);
    if (first >= blob_.size()) return {.status = 416};
    last = std::min(last, blob_.size() - 1);
    return {.status = 206,
            .headers = {{"Content-Range", fmt::format("bytes {}-{}/{}", first, last, blob_.size())},
                        {"ETag", etag_}},
            .body = blob_.substr(first, last - first + 1)};
  }
  void AnswerNext(std::deque<ServerAnswer> answers) { answers_ = std::move(answers); }

  std::string blob_ = "blob";
  std::string etag_ = "\"1\"";
  std::deque<ServerAnswer> answers_;  // status 0: as usual
  net::HttpTestServer server_{[this](const net::ServerRequest& request) { return Answer(request); }};
  FakeRetryTimer timer_;
  TempDirectory directory_;
  const ManualClock clock_{*ParseTimestamp("2026-04-26T09:30:00Z")};
  std::unique_ptr<net::HttpClient> client_ = net::MakeHttpClient({});
  std::unique_ptr<BlobSourceFactory> factory_ = MakeBlobSourceFactory(
      DestinationPolicy({server_.origin(), "file://" + directory_.path().string() + "/tree"}),
      {*client_, timer_, clock_});
};

TEST_F(BlobSourceTest, ALargeBlobIsReadInParts) {
  blob_.clear();
  for (int i = 0; blob_.size() < 9'000'000; ++i) blob_ += std::to_string(i) + ",";
  const auto source = *Open(Url());
  ASSERT_TRUE(source->CheckReadable({}));
  EXPECT_EQ(*ReadAll(*source), blob_);
  EXPECT_EQ(server_.requests().size(), 4u);
  EXPECT_EQ(server_.requests().at(1).target,
            "/devstoreaccount1/imports/a%20b/tags.json?" + std::string(kSas));
}

TEST_F(BlobSourceTest, WhatIsSurelyMeantIsTaken) {
  std::string joined = Url();
  joined.replace(joined.find('?'), 1, "??");
  for (const std::string& url : {" " + Url(), Url() + "\r\n", joined}) {
    const auto source = Open(url);
    ASSERT_TRUE(source) << source.error().message;
    EXPECT_EQ(*ReadAll(**source), blob_);
  }
}

TEST_F(BlobSourceTest, AnEmptyBlobIsReadable) {
  blob_.clear();
  const auto source = *Open(Url());
  EXPECT_TRUE(source->CheckReadable({}));
  EXPECT_EQ(*ReadAll(*source), "");
}

TEST_F(BlobSourceTest, FaultsThatPassAreRetriedPartByPart) {
  blob_ = std::string(5'000'000, 'x');
  AnswerNext({{.status = 503}, {.fault = Fault::kReset}, {.status = 0}, {.status = 500}});
  EXPECT_EQ(*ReadAll(**Open(Url())), blob_);
  EXPECT_EQ(server_.requests().size(), 5u);
}

TEST_F(BlobSourceTest, APartThatIsCutOffIsReadAgain) {
  AnswerNext({{.status = 206,
               .headers = {{"Content-Range", "bytes 0-3/4"}, {"ETag", etag_}},
               .body = blob_,
               .fault = Fault::kTruncate}});
  EXPECT_EQ(*ReadAll(**Open(Url())), blob_);
}

TEST_F(BlobSourceTest, TwoVersionsAreNotMixed) {
  blob_ = std::string(5'000'000, 'x');
  const auto source = *Open(Url());
  ASSERT_TRUE(source->Read({}));
  etag_ = "\"2\"";
  const auto rest = source->Read({});
  ASSERT_FALSE(rest);
  EXPECT_EQ(rest.error().code, ErrorCode::kConflict);
}

TEST_F(BlobSourceTest, AnotherRangeThanWasAskedForIsRefused) {
  for (const char* range : {"", "bytes 1-4/9", "bytes 0-3/2", "bytes 0-3/*"}) {
    AnswerNext({{.status = 206, .headers = {{"Content-Range", range}}, .body = blob_}});
    const auto part = (*Open(Url()))->Read({});
    ASSERT_FALSE(part) << range;
    EXPECT_EQ(part.error().code, ErrorCode::kUnavailable);
  }
}

TEST_F(BlobSourceTest, RefusalsSayWhatIsMissingAndHoldNoSecret) {
  struct Case {
    ServerAnswer answer;
    ErrorCode code;
    std::string_view text;
  };
  const std::vector<Case> cases = {
      {{.status = 403, .headers = {{"x-ms-error-code", "AuthorizationPermissionMismatch"}}},
       ErrorCode::kPermissionDenied,
       "403 AuthorizationPermissionMismatch (the SAS must be valid and allow reading (sp=r))"},
      {{.status = 404, .headers = {{"x-ms-error-code", "BlobNotFound"}}, .body = std::string(kSas)},
       ErrorCode::kNotFound,
       "404 BlobNotFound (the blob must exist)"},
      {{.status = 302, .headers = {{"Location", "http://169.254.169.254/"}}},
       ErrorCode::kInvalidArgument,
       "302 (redirects are not followed)"},
  };
  for (const auto& [answer, code, text] : cases) {
    const auto source = *Open(Url());
    AnswerNext({answer, answer});
    const Status checked = source->CheckReadable({});
    const auto read = source->Read({});
    ASSERT_FALSE(checked || read);
    EXPECT_EQ(checked.error().code, code);
    EXPECT_EQ(checked.error().message, "the storage answered " + std::string(text));
    EXPECT_EQ(read.error(), checked.error());
  }
}

TEST_F(BlobSourceTest, AStopEndsIt) {
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ((*Open(Url()))->Read(stop.get_token()).error().code, ErrorCode::kCanceled);
}

TEST_F(BlobSourceTest, UrlsThatCannotServeAreRefusedWithoutARequest) {
  const std::string blob = server_.origin() + "/devstoreaccount1/imports/tags.json";
  EXPECT_EQ(ReasonFor(blob), reason::kSasMissing);
  EXPECT_EQ(ReasonFor(server_.origin() + "/devstoreaccount1/imports?" + std::string(kSas)),
            reason::kInvalidStorageUrl);
  EXPECT_EQ(ReasonFor(blob + "?sr=b&sp=w&se=2030-01-01&sig=s3cret"), reason::kSasNoReadPermission);
  EXPECT_EQ(ReasonFor(blob + "?sr=c&sp=rw&se=2020-01-01&sig=s3cret"), reason::kSasExpired);
  EXPECT_EQ(ReasonFor(blob + "?sr=s&sp=r&se=2030-01-01&sig=s3cret"), reason::kSasWrongResource);
  EXPECT_EQ(ReasonFor(blob + "?ss=f&srt=o&sp=r&se=2030-01-01&sig=s3cret"), reason::kSasWrongResource);
  EXPECT_EQ(ReasonFor(blob + "?sr=b&sp=r&spr=https&se=2030-01-01&sig=s3cret"), reason::kSasProtocolMismatch);
  EXPECT_EQ(ReasonFor(blob + "?sr=b&sp=r&se=2030-01-01&sig=s3cret&comp=list"), reason::kInvalidStorageUrl);
  EXPECT_EQ(ReasonFor("https://evil.example/a/b/c?" + std::string(kSas)), reason::kDestinationNotAllowed);
  EXPECT_EQ(ReasonFor("http://169.254.169.254/metadata/instance?" + std::string(kSas)),
            reason::kDestinationNotAllowed);
  EXPECT_EQ(ReasonFor("nonsense"), reason::kInvalidStorageUrl);
  EXPECT_TRUE(server_.requests().empty());
  EXPECT_EQ(ReasonFor(blob + "?ss=b&srt=o&sp=r&se=2030-01-01&sig=s3cret"), "");
  EXPECT_EQ(ReasonFor(blob + "?si=policy&sr=b&sig=s3cret"), "");
}

class ReachRecorder final : public net::HttpClient {
 public:
  Result<net::HttpResponse> Send(const net::HttpRequest& request, std::stop_token) override {
    reach = request.reach;
    return net::HttpResponse{.status = 404, .headers = {}, .body = {}};
  }
  std::optional<net::Reach> reach;
};

TEST_F(BlobSourceTest, OnlyListedHostsMayLeadIntoTheNetwork) {
  ReachRecorder recorder;
  const auto factory =
      MakeBlobSourceFactory(DestinationPolicy({server_.origin()}), {recorder, timer_, clock_});
  EXPECT_FALSE((*factory->Open(Secret(Url())))->Read({}));
  EXPECT_EQ(recorder.reach, net::Reach::kAnyAddress);
  const std::string azure = "https://account.blob.core.windows.net/imports/tags.json?" + std::string(kSas);
  EXPECT_FALSE((*factory->Open(Secret(azure)))->CheckReadable({}));
  EXPECT_EQ(recorder.reach, net::Reach::kPublicAddresses);
}

TEST_F(BlobSourceTest, FilesAreReadWithinTheTreesThatAreListed) {
  const auto tree = directory_.path() / "tree";
  std::filesystem::create_directories(tree / "inner");
  std::ofstream(tree / "tags.json") << "{}";
  std::ofstream(directory_.path() / "outside.json") << "{}";
  std::filesystem::create_symlink(directory_.path() / "outside.json", tree / "link");
  const std::string url = "file://" + tree.string();
  const auto source = *Open(url + "/tags.json");
  EXPECT_TRUE(source->CheckReadable({}));
  EXPECT_EQ(*ReadAll(*source), "{}");
  EXPECT_EQ((*Open(url + "/none"))->CheckReadable({}).error().code, ErrorCode::kNotFound);
  EXPECT_EQ((*Open(url + "/inner"))->Read({}).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(ReasonFor(url + "/link"), reason::kDestinationNotAllowed);
  EXPECT_EQ(ReasonFor("file://" + directory_.path().string() + "/outside.json"),
            reason::kDestinationNotAllowed);
  EXPECT_EQ(ReasonFor(url + "/../outside.json"), reason::kInvalidStorageUrl);
}

}  // namespace
}  // namespace rawhaul
