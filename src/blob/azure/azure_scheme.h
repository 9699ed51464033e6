// Azure Blob Storage, and what speaks its protocol, as a kind of storage.
#pragma once

#include "blob/storage_scheme.h"

namespace rawhaul::azure {

const StorageScheme& Scheme();

}  // namespace rawhaul::azure
