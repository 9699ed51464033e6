// The context of a message: technicals, location, push token.
#pragma once

#include "base/time.h"
#include "collect/batch_parser.h"
#include "collect/segment/message.h"

namespace rawhaul::segment {

// Puts what `context` says at that time into `batch`. What cannot be understood is passed over.
void MapContext(const Members& context, Timestamp time, CollectedBatch& batch);

}  // namespace rawhaul::segment
