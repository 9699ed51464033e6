#include "blob/azure/errors.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rawhaul::azure {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Not;

ContainerAddress Address() {
  return {.url = "https://account.blob.core.windows.net/exports",
          .prefix = "",
          .sas = Secret("sv=2021-08-06&sp=w&sr=c&se=2030-01-01T00%3A00%3A00Z&sig=abc%2Bdef%2Fghi%3D")};
}

Error ErrorFor(int status, const std::string& code = "", const std::string& message = "It failed.") {
  net::HttpResponse response{.status = status, .headers = {}, .body = {}};
  if (!code.empty()) {
    response.body = fmt::format(
        "<?xml version=\"1.0\"?><Error><Code>{}</Code><Message>{}\nRequestId:77\nTime:now"
        "</Message></Error>",
        code, message);
  }
  return ErrorOf(response, Address().sas, Purpose::kWriteToContainer);
}

TEST(AzureErrorsTest, StatusesMapToCodes) {
  const std::pair<int, ErrorCode> cases[] = {
      {400, ErrorCode::kInvalidArgument},   {401, ErrorCode::kPermissionDenied},
      {403, ErrorCode::kPermissionDenied},  {404, ErrorCode::kNotFound},
      {405, ErrorCode::kInvalidArgument},   {408, ErrorCode::kUnavailable},
      {409, ErrorCode::kConflict},          {412, ErrorCode::kConflict},
      {413, ErrorCode::kResourceExhausted}, {429, ErrorCode::kUnavailable},
      {500, ErrorCode::kUnavailable},       {501, ErrorCode::kUnavailable},
      {503, ErrorCode::kUnavailable},       {507, ErrorCode::kResourceExhausted},
      {301, ErrorCode::kInvalidArgument},   {307, ErrorCode::kInvalidArgument},
      {200, ErrorCode::kUnavailable},
  };
  for (const auto& [status, code] : cases) {
    EXPECT_EQ(ErrorFor(status).code, code) << status;
    EXPECT_THAT(ErrorFor(status).message, HasSubstr(std::to_string(status)));
  }
}

TEST(AzureErrorsTest, FullStorageIsExhausted) {
  EXPECT_EQ(ErrorFor(409, "MemoryExtentStoreAtSizeLimit").code, ErrorCode::kResourceExhausted);
  EXPECT_EQ(ErrorFor(409, "BlockCountExceedsLimit").code, ErrorCode::kResourceExhausted);
  EXPECT_EQ(ErrorFor(409, "BlobImmutableDueToPolicy").code, ErrorCode::kConflict);
}

TEST(AzureErrorsTest, TheReasonIsTheServicesCode) {
  EXPECT_EQ(ErrorFor(404, "ContainerNotFound").reason, "ContainerNotFound");
  EXPECT_EQ(ErrorFor(404).reason, "");
  const net::HttpResponse by_header{
      .status = 403, .headers = {{"x-ms-error-code", "AuthorizationFailure"}}, .body = ""};
  EXPECT_EQ(ErrorOf(by_header, Address().sas, Purpose::kWriteToContainer).reason, "AuthorizationFailure");
}

TEST(AzureErrorsTest, TheMessageSaysWhereWhatAndWhatWouldBeRight) {
  const Error error = ErrorFor(403, "AuthorizationPermissionMismatch", "This request is not authorized.");
  EXPECT_EQ(error.message,
            "the storage answered 403 AuthorizationPermissionMismatch: "
            "This request is "
            "not authorized. (the SAS must be valid and allow writing (sp=w))");
  EXPECT_THAT(ErrorFor(302).message, HasSubstr("redirects are not followed"));
}

TEST(AzureErrorsTest, NothingOfTheSasIsRepeated) {
  for (const char* echo : {"the string was PUT ?sv=1&SIG=abc", "abc+def/ghi=", "x abc%2Bdef%2Fghi%3D y",
                           "signed until 2030-01-01T00:00:00Z"}) {
    const Error error = ErrorFor(403, "AuthenticationFailed", echo);
    EXPECT_EQ(error.reason, "AuthenticationFailed");
    EXPECT_THAT(error.message, Not(AnyOf(HasSubstr("abc"), HasSubstr("2030"), HasSubstr("SIG"))));
  }
}

TEST(AzureErrorsTest, NoPartOfTheSasIsLeftByShortening) {
  for (const std::string& echo : {std::string(295, 'x') + "abc+def/ghi=", std::string("x\nabc+def/ghi=")}) {
    const Error error = ErrorFor(403, "AuthenticationFailed", echo);
    EXPECT_THAT(error.message, Not(AnyOf(HasSubstr("xxx"), HasSubstr("abc"))));
  }
}

TEST(AzureErrorsTest, WhatIsNoErrorOfTheServiceIsLeftOut) {
  EXPECT_EQ(ErrorFor(403, "abc+def/ghi=").reason, "");
  EXPECT_EQ(ErrorFor(403, std::string(65, 'x')).reason, "");
  EXPECT_LT(ErrorFor(400, "InvalidInput", std::string(5000, 'x')).message.size(), 500u);
  EXPECT_THAT(ErrorFor(400, "InvalidInput", "\xff\xfe").message, Not(HasSubstr("\xff")));
  EXPECT_THAT(ErrorFor(400, "InvalidInput", "\x1b[2J").message, Not(HasSubstr("\x1b")));
  const net::HttpResponse html{.status = 502, .headers = {}, .body = "<html><Code>"};
  EXPECT_EQ(ErrorOf(html, Address().sas, Purpose::kWriteToContainer).message, "the storage answered 502");
}

}  // namespace
}  // namespace rawhaul::azure
