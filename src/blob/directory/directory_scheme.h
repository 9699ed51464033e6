// Directories as a kind of storage.
#pragma once

#include "blob/storage_scheme.h"

namespace rawhaul::directory {

const StorageScheme& Scheme();

}  // namespace rawhaul::directory
