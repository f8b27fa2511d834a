select sqlite_version() as version
