#include "model/record.h"

#include "model/wire.h"

namespace rawhaul {

Hour HourOf(Timestamp time) { return static_cast<Hour>(wire::StorableMillis(time) / 3'600'000); }

}  // namespace rawhaul
