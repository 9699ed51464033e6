// Completes messages from what is remembered of those before them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "collect/segment/mapping.h"

namespace rawhaul::segment {

// A message as a step in what is known of its device.
struct Step {
  Guid device;
  Sequel sequel = Sequel::kNone;
  Timestamp time;
  std::optional<Timestamp> next_activity;
  Guid job_key;
};
// REQUIRES that it has a batch.
Step StepOf(const MappedMessage& message);

// Puts sessions, and start and end of jobs, into the records of the message. `memory` is the device's
// (CompleteRecords); what is damaged or of a newer program is forgotten.
void Complete(const Step& step, std::string& memory, std::vector<Record>& records);

// Whether the beginning of the job that it ends is remembered.
bool HasStart(const Step& step, const std::string& memory);

}  // namespace rawhaul::segment
