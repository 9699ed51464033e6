// Of a campaign's audience: what is accepted holds together, and can be evaluated on any device.
#include <string>

#include "audience/audience.h"
#include "audience/wildcard.h"
#include "base/encoding.h"
#include "property.h"

namespace {

using namespace rawhaul;
using fuzz::Require;

void RequireExpression(const Expression& expression, size_t criteria, size_t depth) {
  // Each level of the text makes up to three: the operator that opened it, an `or` and an `and`.
  Require(depth <= 3 * (kMaxExpressionDepth + 1), "recursion over an expression is safe");
  switch (expression.kind) {
    case Expression::Kind::kCriterion:
      Require(expression.criterion < criteria && expression.operands.empty(),
              "a name is that of a criterion");
      break;
    case Expression::Kind::kNot:
      Require(expression.operands.size() == 1, "one thing is negated");
      break;
    case Expression::Kind::kAnd:
    case Expression::Kind::kOr:
      Require(expression.operands.size() >= 2, "an operator joins two or more");
      break;
  }
  for (const Expression& operand : expression.operands) RequireExpression(operand, criteria, depth + 1);
}

// Devices that are as different as can be.
std::vector<Device> Devices(std::string_view text) {
  Device reported;
  reported.first_seen = FromMillis(1'461'663'000'000);
  reported.last_seen = FromMillis(1'461'673'000'000);
  reported.token = PushToken{"fcm", "token"};
  for (const FieldSpec& field : kInfoFields) reported.info.emplace(field.name, text);
  for (const FieldSpec& field : kLocationFields) reported.location.emplace(field.name, text);
  for (const char* tag : {"a", "b", "plan"}) reported.tags.emplace(tag, text);
  return {Device{}, reported};
}

void RequireAnswer(const Audience& audience, const Device& device) {
  const AudienceSubject subject{.device = device,
                                .now = FromMillis(1'461'683'000'000),
                                .feedback = [](CampaignType, uint64_t id) -> Result<std::optional<Feedback>> {
                                  return Feedback{static_cast<uint16_t>(id & 0x7ff), {}, {}, {{1, 3, {}}}};
                                }};
  const auto holds = Holds(audience, subject);
  Require(holds.has_value(), "a supported audience can be told of every device");
  if (audience.expression) return;
  Audience negated = audience;
  negated.filters.clear();
  const auto without_filters = Holds(negated, subject);
  Require(!*holds || *without_filters, "a filter only takes devices away");
}

void RequireAudience(std::string_view text) {
  const auto audience = ParseAudience(text);
  if (!audience) {
    Require(
        audience.error().code == ErrorCode::kInvalidArgument && audience.error().reason == "InvalidAudience",
        "what is wrong with an audience is the caller's to mend");
    Require(IsUtf8(audience.error().message) || !IsUtf8(text), "an error can be shown");
    return;
  }
  Require(audience->names.size() == audience->criteria.size(), "every criterion has a name");
  for (const std::string& name : audience->names) Require(IsCriterionName(name), "names fit the grammar");
  if (audience->expression) RequireExpression(*audience->expression, audience->criteria.size(), 1);
  if (!CheckSupported(*audience)) return;
  for (const Device& device : Devices(text.substr(0, 64))) RequireAnswer(*audience, device);
}

void RequireWildcards(std::string_view text) {
  const std::string_view pattern = text.substr(0, text.find('\n'));
  Require(MatchesWildcards("*", text), "a star is any text");
  Require(MatchesWildcards(std::string(pattern) + "*", pattern), "a text is its own pattern");
  if (pattern.find_first_of("?*") != std::string_view::npos) return;
  const std::string_view other = text.substr(std::min(text.size(), pattern.size() + 1));
  Require(MatchesWildcards(pattern, other) == (pattern == other), "without wildcards it is equality");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  RequireAudience(fuzz::AsText(data, size));
  RequireWildcards(fuzz::AsText(data, size));
  return 0;
}
