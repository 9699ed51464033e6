// Completes messages from what is remembered of those before them.
#pragma once

#include <string>

#include "collect/segment/mapping.h"

namespace rawhaul::segment {

// Puts sessions, and start and end of jobs, into the records of `batch`, which is that of `message`.
// `memory` is the device's (Collector::Complete); what is damaged or of a newer program is forgotten.
void Complete(const MappedMessage& message, std::string& memory, CollectedBatch& batch);

// Whether it ends a job of whose beginning nothing is remembered.
bool LacksStart(const MappedMessage& message, const Guid& device, const std::string& memory);

}  // namespace rawhaul::segment
