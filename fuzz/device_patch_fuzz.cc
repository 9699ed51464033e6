// Of stored devices and feedback: damaged bytes are refused or become a state that can be stored again and
// merged.
#include <string>

#include "model/device.h"
#include "model/feedback.h"
#include "property.h"

namespace {

using namespace rawhaul;
using fuzz::Require;

void RequireDevice(std::string_view bytes) {
  const auto patch = DevicePatch::Decode(bytes);
  if (!patch) {
    Require(patch.error().code == ErrorCode::kDataLoss, "damage is called damage");
    return;
  }
  const std::string encoded = patch->Encode();
  const auto again = DevicePatch::Decode(encoded);
  Require(again && again->Encode() == encoded, "a device that is stored again is the same");
  DevicePatch merged = *patch;
  merged.Merge(*again);
  Require(merged.Encode() == encoded, "what a device knows already changes nothing");
  DevicePatch onto_nothing;
  onto_nothing.Merge(*patch);
  Require(onto_nothing.Encode() == encoded, "what is merged into nothing is all there is");
  (void)patch->ToDevice(Guid{});
}

void RequireFeedback(std::string_view bytes) {
  const auto feedback = Feedback::Decode(bytes);
  if (!feedback) {
    Require(feedback.error().code == ErrorCode::kDataLoss, "damage is called damage");
    return;
  }
  const auto again = Feedback::Decode(feedback->Encode());
  Require(again && *again == *feedback, "feedback that is stored again is the same");
  Feedback merged = *feedback;
  merged.Merge(*again);
  Require(merged == *feedback, "feedback that is known already changes nothing");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  RequireDevice(fuzz::AsText(data, size));
  RequireFeedback(fuzz::AsText(data, size));
  return 0;
}
