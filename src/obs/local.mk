# obs
