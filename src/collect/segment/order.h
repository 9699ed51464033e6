// In what order the messages of a request are taken.
#pragma once

#include <vector>

#include "collect/segment/mapping.h"

namespace rawhaul::segment {

// By their times. What happened in the same millisecond: beginnings before what they are the beginning of,
// ends behind it, otherwise as they were sent. Also sets next_activity.
void PutInOrder(std::vector<MappedMessage>& messages);

}  // namespace rawhaul::segment
