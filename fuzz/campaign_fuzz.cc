// Of what clients write about campaigns: what is taken can be stored, loaded and sent again. An input is a
// letter for the kind and a body.
#include <string>

#include "base/encoding.h"
#include "model/campaign_content.h"
#include "property.h"

namespace {

using namespace rawhaul;
using fuzz::Require;

CampaignType KindOf(uint8_t letter) { return static_cast<CampaignType>(1 + letter % 4); }

void RequireIds(const CampaignContent& content) {
  uint64_t id = 0;
  for (const PollQuestion& question : content.questions) {
    Require(question.id == ++id, "questions are numbered as they stand");
    for (const uint64_t choice : question.choices)
      Require(choice == ++id, "choices are numbered as they stand");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const CampaignType kind = KindOf(data[0]);
  const auto content = ParseCampaignContent(fuzz::AsText(data + 1, size - 1), kind);
  if (!content) {
    Require(content.error().code == ErrorCode::kInvalidArgument && IsUtf8(content.error().message),
            "what is wrong can be told");
    return 0;
  }
  Require(!content->name.empty() && IsUtf8(content->json), "what is taken can be stored");
  Require(!content->starts || !content->ends || *content->starts < *content->ends, "it ends after it starts");
  RequireIds(*content);

  const auto loaded = LoadCampaignContent(content->json, kind);
  Require(loaded && loaded->json == content->json && loaded->name == content->name &&
              loaded->push_mode == content->push_mode && loaded->audience == content->audience,
          "what is stored is loaded as it was");
  const auto again = ParseCampaignContent(content->json, kind);
  Require(again && again->name == content->name && again->starts == content->starts &&
              again->ends == content->ends,
          "what was read can be sent back");
  return 0;
}
