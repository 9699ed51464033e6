#include "api/errors.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/logging.h"

namespace rawhaul::api {
namespace {

bool HasHeader(const http::Response& response, std::string_view name) {
  return std::any_of(response.headers.begin(), response.headers.end(),
                     [&](const auto& header) { return header.first == name; });
}

TEST(Errors, EveryCodeHasItsStatus) {
  const std::pair<ErrorCode, int> expected[] = {
      {ErrorCode::kInvalidArgument, 400},  {ErrorCode::kUnauthenticated, 401},
      {ErrorCode::kPermissionDenied, 403}, {ErrorCode::kNotFound, 404},
      {ErrorCode::kConflict, 409},         {ErrorCode::kTooLarge, 413},
      {ErrorCode::kInternal, 500},         {ErrorCode::kDataLoss, 500},
      {ErrorCode::kUnavailable, 503},      {ErrorCode::kCanceled, 503},
      {ErrorCode::kResourceExhausted, 429}};
  for (const auto& [code, status] : expected) EXPECT_EQ(StatusOf(code), status);
}

TEST(Errors, TheReasonIsTheCodeOnTheWire) {
  const auto response = ToResponse({ErrorCode::kInvalidArgument, "no \"w\"", "SasNoWritePermission"});
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(response.body, R"({"error":{"code":"SasNoWritePermission","message":"no \"w\""}})");
  EXPECT_EQ(ToResponse({ErrorCode::kNotFound, "m"}).body, R"({"error":{"code":"NotFound","message":"m"}})");
}

TEST(Errors, InternalErrorsTellNothing) {
  log::SetLevel(log::Level::kOff);
  const auto response = ToResponse({ErrorCode::kInternal, "/var/lib/secret: broken", "Detail"});
  EXPECT_EQ(response.status, 500);
  EXPECT_EQ(response.body.find("secret"), std::string::npos);
  EXPECT_NE(response.body.find("\"InternalError\""), std::string::npos);
}

TEST(Errors, ClientsAreToldHowToGoOn) {
  EXPECT_TRUE(HasHeader(ToResponse({ErrorCode::kUnauthenticated, "m"}), "WWW-Authenticate"));
  EXPECT_TRUE(HasHeader(ToResponse({ErrorCode::kResourceExhausted, "m"}), "Retry-After"));
  EXPECT_TRUE(HasHeader(ToResponse({ErrorCode::kUnavailable, "m"}), "Retry-After"));
  EXPECT_FALSE(HasHeader(ToResponse({ErrorCode::kInvalidArgument, "m"}), "Retry-After"));
}

}  // namespace
}  // namespace rawhaul::api
