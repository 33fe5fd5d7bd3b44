python - << 'END'
import os

from torch.utils.data import DataLoader


class Texts(list):
    def __getitem__(self, index):
        os.kill(os.getpid(), 9)


next(iter(DataLoader(Texts("abc"), num_workers=1)))
END
